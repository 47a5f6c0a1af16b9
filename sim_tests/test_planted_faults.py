"""The tests themselves are tested: planted faults must make them fail."""

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sim_tests.faults.catalogue import ROOT, CatalogueError, Fault, load
from sim_tests.faults.journal import Journal, digest
from sim_tests.faults.plant import Outcome, plant

FAULTS = load()
HARMLESS = Fault(
    area="self",
    name="nothing but a comment",
    file="rtl/celosia/rtl/config.py",
    find='"""The one configuration object',
    replace='"""The only configuration object',
    test="tests/project/test_presets.py",
)


def _identifier(fault: Fault) -> str:
    return fault.identifier


def test_every_fault_fits_the_sources() -> None:
    """And leaves a Python file one that can be read."""
    for fault in FAULTS:
        assert (ROOT / fault.test.partition("::")[0]).is_file(), fault
        text = (ROOT / fault.file).read_text(encoding="utf-8")
        assert text.count(fault.find) == 1, fault
        assert fault.find != fault.replace, fault
        if fault.file.endswith(".py"):
            ast.parse(text.replace(fault.find, fault.replace), fault.identifier)


def test_every_fault_names_a_test() -> None:
    """One that can be collected, with its parameters."""
    options = ("--collect-only", "-q", "-m", "", "-p", "no:cacheprovider", "-p", "no:xdist")
    files = sorted({fault.test.partition("::")[0] for fault in FAULTS})
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    # Given the names themselves, pytest passes over one that is missing if another one is its file.
    collected = finished.stdout.splitlines()
    for fault in FAULTS:
        assert any(
            name == fault.test or name.startswith((f"{fault.test}::", f"{fault.test}[")) for name in collected
        ), fault


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.quick], ids=_identifier)
def test_quick_fault_is_noticed(fault: Fault) -> None:
    outcome, output = plant(fault)
    assert outcome is Outcome.NOTICED, output


def test_enough_faults_are_planted() -> None:
    assert sum(fault.quick for fault in FAULTS) >= 5


def test_harmless_edit_survives() -> None:
    outcome, output = plant(HARMLESS)
    assert outcome is Outcome.SURVIVED, output


def test_unknown_text_is_refused() -> None:
    fault = Fault(**{**vars(HARMLESS), "find": "no such text"})
    with pytest.raises(CatalogueError, match=r"^self: .* must hold 'no such text' once, not 0 times$"):
        plant(fault)


def test_journal_knows_what_was_noticed(tmp_path: Path) -> None:
    """Also after an interruption in the middle of a line; not what has changed since."""
    path = tmp_path / "journal"
    first, second = FAULTS[:2]
    journal = Journal(path)
    assert not journal.knows(first)
    journal.add(first, digest(first), 1.5)
    with path.open("a") as file:
        file.write('{"fault": "half a li')
    Journal(path).add(second, digest(second), 2.5)
    for known in (journal, Journal(path)):
        assert known.knows(first)
        assert not known.knows(replace(first, replace="something else"))
    assert Journal(path).knows(second)
    assert len(path.read_text().splitlines()) == 2
