"""From Verilog text to a simulator that cocotb can drive, built once for each design and set of tools."""

from dataclasses import dataclass
from pathlib import Path

from celosia.runtime.simulation import icarus, verilator
from celosia.runtime.simulation.environment import cached

#: Part of every cache key: raise it when this package builds differently from the same inputs.
RECIPE = "4"


@dataclass(frozen=True)
class Build:
    """A simulator of one design."""

    simulator: str
    top: str
    program: Path
    trace: str | None
    """Format in which it can record waveforms, ``fst`` or ``vcd``; None if it cannot."""


def build(
    verilog: str,
    *,
    top: str = "top",
    simulator: str = "verilator",
    opt_level: int = 1,
    timing: bool = False,
    clock: str | None = None,
    trace: str | None = None,
) -> Build:
    """Build a simulator of the module ``top``, or find it in the user's cache.

    Parameters
    ----------
    verilog : str
        The whole design.
    top : str
        Its top module, whose ports the test bench sees.
    simulator : "verilator" or "icarus"
        Verilator runs a hundred times as fast; Icarus knows unknown values and builds at once.
    opt_level : int
        Optimisation of the C++ compiler, 0 to 3; Verilator only.
    timing : bool
        The design has delays of its own (a test bench with a clock).
    clock : str, optional
        Clock input of ``top`` that the simulator drives itself, with a period of 10 ns, which takes less time
        than when cocotb does; Verilator only.
    trace : "fst" or "vcd", optional
        Make it able to record waveforms, which slows it down even when it does not; Verilator only.

    Raises
    ------
    EnvironmentProblem
        If a compiler or simulator is missing.
    BuildError
        If the design cannot be compiled.
    """
    if simulator not in ("verilator", "icarus"):
        raise ValueError(f"simulator must be 'verilator' or 'icarus', not {simulator!r}")
    if clock is not None and simulator != "verilator":
        raise ValueError(f"clock must be None for {simulator}, not {clock!r}")
    if clock is not None and timing:
        raise ValueError(f"clock must be None for a design with timing, not {clock!r}")
    if opt_level not in range(4):
        raise ValueError(f"opt_level must be 0, 1, 2 or 3, not {opt_level!r}")
    if trace not in (None, "fst", "vcd"):
        raise ValueError(f"trace must be 'fst' or 'vcd', not {trace!r}")
    if trace == "fst":
        verilator.require_fst()

    def produce(folder: Path) -> None:
        source = folder / "design.v"
        source.write_text(verilog, encoding="utf-8")
        if simulator == "icarus":
            icarus.compile_design(source, top=top, out=folder / "simulator")
        else:
            verilator.compile_design(
                source,
                top=top,
                opt_level=opt_level,
                timing=timing,
                clock=clock,
                trace=trace,
                out=folder / "simulator",
            )

    tools = icarus.build_inputs() if simulator == "icarus" else verilator.build_inputs()
    inputs = (RECIPE, simulator, top, str(opt_level), str(timing), str(clock), str(trace), *tools, verilog)
    folder = cached("simulators", inputs, produce)
    return Build(simulator=simulator, top=top, program=folder / "simulator", trace=trace)
