"""Plant faults in copies of the project and see whether the tests notice.

``python -m sim_tests.faults.plant [WORD...]`` plants all, or those whose names hold a word; ``--jobs 2`` plants two at
a time, and ``--resume FILE`` goes on where an interrupted run, or one with survivors, left off.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from enum import StrEnum
from pathlib import Path
from xml.etree import ElementTree

from sim_tests.faults.catalogue import ROOT, Fault, load
from sim_tests.faults.journal import Journal, digest

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
        environment["COCOTB_MAX_FAILURES"] = "1"  # one is enough
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Plant the faults that the command line names; print what became of each, then of all.

    Returns 0 if all were noticed, 2 if not, 1 if no fault has such a name.
    """
    parser = argparse.ArgumentParser(
        prog="python -m sim_tests.faults.plant",
        description="Plant each fault in a copy of the project; the test that the catalogue names must fail.",
    )
    parser.add_argument("words", nargs="*", metavar="WORD", help="plant the faults whose names hold a word")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="plant so many at a time")
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="FILE",
        help="keep a journal in FILE; leave out what was noticed before and whose source and test are as they were",
    )
    asked = parser.parse_args(arguments)
    if asked.jobs < 1:
        parser.error(f"--jobs must be at least 1, not {asked.jobs}")
    words: list[str] = asked.words
    faults = [fault for fault in load() if not words or any(word in fault.identifier for word in words)]
    if not faults:
        print(f"no fault is called like {' or '.join(words)}", file=sys.stderr)
        return 1
    journal = Journal(asked.resume) if asked.resume else None
    chosen = [fault for fault in faults if journal is None or not journal.knows(fault)]
    if len(chosen) < len(faults):
        print(f"{len(faults) - len(chosen)} of {len(faults)} planted faults were noticed before")
    start = time.monotonic()
    survivors = 0
    with ThreadPoolExecutor(asked.jobs) as pool:
        try:
            for tried in as_completed([pool.submit(_try, fault) for fault in chosen]):
                fault, as_it_was, outcome, output, seconds = tried.result()
                print(f"{outcome:9} {seconds:5.1f} s  {fault.identifier}  ({fault.test})", flush=True)
                if outcome is not Outcome.NOTICED:
                    survivors += 1
                    print("\n".join("    " + line for line in output.splitlines()[-15:]), flush=True)
                elif journal is not None:
                    journal.add(fault, as_it_was, seconds)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    minutes = (time.monotonic() - start) / 60
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = used.ru_utime + used.ru_stime
    print(f"{len(faults) - survivors} of {len(faults)} planted faults were noticed", end="; ")
    print(f"{minutes:.1f} min, {busy:.0f} s of processor time")
    return 2 if survivors else 0


def _try(fault: Fault) -> tuple[Fault, str, Outcome, str, float]:
    """Plant one; a test that does not end within ``TIMEOUT_SECONDS`` did not fail by itself."""
    start = time.monotonic()
    as_it_was = digest(fault)
    try:
        outcome, output = plant(fault)
    except subprocess.TimeoutExpired as problem:
        outcome, output = Outcome.BROKEN, str(problem)
    return fault, as_it_was, outcome, output, time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main())
