"""Plant faults in copies of the project and see whether the tests notice.

``python -m sim_tests.faults.plant [WORD...]`` plants all, or those whose names hold a word.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from enum import StrEnum
from pathlib import Path
from xml.etree import ElementTree

from sim_tests.faults.catalogue import ROOT, Fault, load

PORTIONS = ("golden", "rtl", "generators", "compiler", "runtime", "fpga", "cli")
LEFT_OUT = (".*", "__pycache__", "build", "dist", "*.egg-info")
TIMEOUT_SECONDS = 900

#: Failures that only say that the faulty design cannot be built: nobody noticed what it computes.
NOT_NOTICED = ("BuildError", "EnvironmentProblem", "SyntaxError", "ImportError", "ModuleNotFoundError")


class Outcome(StrEnum):
    """What became of a planted fault."""

    NOTICED = "noticed"
    SURVIVED = "SURVIVED"
    BROKEN = "BROKEN"
    """The test did not fail by itself: it could not be collected, built or started."""


def plant(fault: Fault) -> tuple[Outcome, str]:
    """Run the fault's test on a copy of the project with the fault in it.

    Returns the outcome and the output of pytest. Raises ``CatalogueError`` if the fault cannot be planted,
    ``RuntimeError`` if the test would not see the copy.
    """
    with tempfile.TemporaryDirectory(prefix="celosia-fault-") as folder:
        tree = Path(folder).resolve() / "project"
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_OUT))
        fault.apply(tree)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        environment["PYTHONPATH"] = os.pathsep.join(str(tree / portion) for portion in (*PORTIONS, "."))
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        environment.setdefault("CELOSIA_SEED", "1")
        _check_that_copy_is_seen(fault, tree, environment)
        report = tree / "report.xml"
        options = ("-q", "-x", "-m", "", "-p", "no:cacheprovider", "-p", "no:xdist", f"--junit-xml={report}")
        finished = subprocess.run(
            [sys.executable, "-m", "pytest", *options, fault.test],
            cwd=tree,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        return _judge(finished.returncode, report), finished.stdout


def _check_that_copy_is_seen(fault: Fault, tree: Path, environment: dict[str, str]) -> None:
    """The module (or, for other files, its package) must be imported from the copy."""
    parts = Path(fault.file).with_suffix("").parts
    names = parts[1:] if parts[0] in PORTIONS else parts
    if not fault.file.endswith(".py") or names[-1] == "__init__":
        names = names[:-1]
    code = (
        "import sys, importlib.util; spec = importlib.util.find_spec(sys.argv[1]);"
        "print(spec.origin or list(spec.submodule_search_locations)[0])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, ".".join(names)],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if not Path(found.stdout.strip()).is_relative_to(tree):
        raise RuntimeError(
            f"{fault.identifier}: {'.'.join(names)} is not imported from the copy: {found.stderr}"
        )


def _judge(code: int, report: Path) -> Outcome:
    if code == 0:
        return Outcome.SURVIVED
    if code != 1 or not report.is_file():
        return Outcome.BROKEN
    root = ElementTree.parse(report).getroot()
    failures = [failure.get("message", "") for failure in root.iter("failure")]
    if not failures or next(root.iter("error"), None) is not None:
        return Outcome.BROKEN
    kinds = [message.partition(":")[0].rpartition(".")[2] for message in failures]
    return Outcome.BROKEN if all(kind in NOT_NOTICED for kind in kinds) else Outcome.NOTICED


def main(words: list[str]) -> int:
    """Plant all faults whose identifiers hold any of ``words`` (all without words); print a table."""
    chosen = [fault for fault in load() if not words or any(word in fault.identifier for word in words)]
    if not chosen:
        print(f"no fault is called like {' or '.join(words)}", file=sys.stderr)
        return 1
    not_noticed = []
    for fault in chosen:
        start = time.monotonic()
        outcome, output = plant(fault)
        print(
            f"{outcome:9} {time.monotonic() - start:5.1f} s  {fault.identifier}  ({fault.test})", flush=True
        )
        if outcome is not Outcome.NOTICED:
            not_noticed.append(fault)
            print("\n".join("    " + line for line in output.splitlines()[-15:]))
    print(f"{len(chosen) - len(not_noticed)} of {len(chosen)} planted faults were noticed")
    return 2 if not_noticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
