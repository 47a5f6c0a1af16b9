"""Run a cocotb module on a built simulator, and believe its result only if every test really ran."""

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from xml.etree import ElementTree

import cocotb_tools.config
import find_libpython

from celosia.runtime.simulation import icarus
from celosia.runtime.simulation.build import Build

#: Environment variable in which a test bench finds its parameters, as JSON.
PARAMETERS = "CELOSIA_PARAMETERS"

#: Environment variable that sets the seed of every simulation.
SEED = "CELOSIA_SEED"

LOG_TAIL_LINES = 60


class SimulationFailure(AssertionError):
    """A simulation did not pass; the message holds the reason, the seed, and the end of the log."""


def choose_seed(seed: int | None = None) -> int:
    """``seed``, else ``$CELOSIA_SEED``, else a random one."""
    if seed is not None:
        return seed
    if text := os.environ.get(SEED):
        try:
            return int(text, 0)
        except ValueError:
            raise ValueError(f"{SEED} must be an integer, not {text!r}") from None
    return secrets.randbelow(1 << 31)


class Simulation:
    """A running simulation; use it as a context manager, which ends the process whatever happens.

    Parameters
    ----------
    build : Build
        What to run.
    module : str
        Python module with the cocotb tests.
    parameters : mapping, optional
        Handed to the module as JSON.
    seed : int, optional
        See :func:`choose_seed`.
    plusargs : sequence of str
        ``+name=value`` arguments for the Verilog.
    trace_file : Path, optional
        Where to record waveforms; the build must have been made for it.
    files : mapping of str to str
        Text files, by name, that the Verilog reads.
    """

    def __init__(
        self,
        build: Build,
        module: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        seed: int | None = None,
        plusargs: Sequence[str] = (),
        trace_file: Path | None = None,
        files: Mapping[str, str] | None = None,
    ) -> None:
        if trace_file is not None and build.trace is None:
            raise ValueError("trace_file needs a build made with a trace format")
        self._build = build
        self._module = module
        self._parameters = dict(parameters or {})
        self._seed = choose_seed(seed)
        self._plusargs = list(plusargs)
        self._trace_file = trace_file
        self._files = dict(files or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def seed(self) -> int:
        """The seed that the tests get."""
        return self._seed

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="celosia-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        self._log = folder / "log"
        self._results = folder / "results.xml"
        for name, text in self._files.items():
            (folder / name).write_text(text, encoding="utf-8")
        command = [str(self._build.program)]
        if self._build.simulator == "icarus":
            command = icarus.command(self._build.program)
        if self._trace_file is not None:
            command += ["--trace", "--trace-file", str(self._trace_file.resolve())]
        with self._log.open("wb") as log:
            # A session of its own, so that Ctrl-C reaches us first and we end it.
            self._process = subprocess.Popen(
                [*command, *self._plusargs],
                cwd=folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._folder.cleanup()

    @property
    def process_id(self) -> int | None:
        """The simulator's process, for those who measure it; None before it is started."""
        return None if self._process is None else self._process.pid

    def is_running(self) -> bool:
        """Whether the simulator's process has not ended yet."""
        return self._process is not None and self._process.poll() is None

    def wait(self, *, cases: int, timeout: float | None = None) -> None:
        """Wait for the end, and check that exactly ``cases`` tests ran and passed.

        Raises :class:`SimulationFailure` if not, or if the simulation takes longer than ``timeout`` seconds.
        """
        if self._process is None:
            raise RuntimeError("the simulation has not been started: enter its context first")
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise self.failure(f"it did not end within {timeout} seconds") from None
        if problem := self._problem(code, cases):
            raise self.failure(problem)

    def failure(self, problem: str) -> SimulationFailure:
        """An exception that says ``problem`` and holds what is needed to find its cause."""
        return SimulationFailure(
            f"simulation of {self._module} failed: {problem}\n"
            f"parameters {json.dumps(self._parameters)}\n"
            f"repeat with {SEED}={self._seed}\n" + "\n".join(self.log().splitlines()[-LOG_TAIL_LINES:])
        )

    def log(self) -> str:
        """Everything the simulator has printed so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _problem(self, code: int, cases: int) -> str | None:
        if not self._results.is_file():
            return f"it ended with exit code {code} and left no results"
        found = ElementTree.parse(self._results).getroot().findall(".//testcase")
        for case in found:
            for outcome in ("failure", "error", "skipped"):
                if case.find(outcome) is not None:
                    return f"test {case.get('name')} has outcome {outcome}"
        if len(found) != cases:
            return f"{cases} tests were expected, {len(found)} ran"
        if code:
            return f"all tests passed, but it ended with exit code {code}"
        # cocotb only logs what goes wrong in a background task once its test has ended.
        if logged := re.search(r"^ *(?:[\d.]+\w+|-\.--ns) (?:ERROR|CRITICAL) .*$", self.log(), re.MULTILINE):
            return f"all tests passed, but an error was logged: {logged[0].strip()}"
        return None

    def _environment(self) -> dict[str, str]:
        libpython = os.environ.get("LIBPYTHON_LOC") or find_libpython.find_libpython()
        if libpython is None:
            raise RuntimeError("this Python has no shared library, which cocotb needs: use another Python")
        return {
            **os.environ,
            PARAMETERS: json.dumps(self._parameters),
            "COCOTB_ANSI_OUTPUT": "0",
            "COCOTB_RANDOM_SEED": str(self._seed),
            # Explaining assertions means recompiling each file that is imported: 2 s if that includes NumPy.
            "COCOTB_REWRITE_ASSERTION_FILES": "bench_*.py",
            "COCOTB_RESULTS_FILE": str(self._results),
            "COCOTB_TEST_MODULES": self._module,
            "COCOTB_TOPLEVEL": self._build.top,
            # Icarus would apply a write before the design has seen the clock edge that the bench acted on.
            "COCOTB_TRUST_INERTIAL_WRITES": str(int(self._build.simulator == "verilator")),
            "GPI_USERS": f"{libpython};{cocotb_tools.config.pygpi_entry_point()}",
            "PYGPI_PYTHON_BIN": sys.executable,
            "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
            "TOPLEVEL_LANG": "verilog",
        }


def run(
    build: Build,
    module: str,
    *,
    cases: int,
    parameters: Mapping[str, Any] | None = None,
    seed: int | None = None,
    plusargs: Sequence[str] = (),
    trace_file: Path | None = None,
    files: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> None:
    """Run the tests of ``module`` to their end; see :class:`Simulation` and :meth:`Simulation.wait`."""
    with Simulation(
        build,
        module,
        parameters=parameters,
        seed=seed,
        plusargs=plusargs,
        trace_file=trace_file,
        files=files,
    ) as simulation:
        simulation.wait(cases=cases, timeout=timeout)
