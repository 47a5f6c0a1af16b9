"""Registers that hold their value have a clock enable in the emitted Verilog."""

import re
from collections.abc import Callable

import pytest
from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.generators.verilog import emit

PORTS = {"next": In(8), "enable": In(1), "choice": In(1), "kept": Out(8)}


class Register(wiring.Component):
    """A register that is assigned as ``build`` says."""

    def __init__(self, build: "Callable[[Module, Register, Signal], object]", *, reset_less: bool) -> None:
        self._build = build
        self._reset_less = reset_less
        super().__init__(PORTS)

    def elaborate(self, platform: object) -> Module:
        """The register, and a port that shows it."""
        m = Module()
        value = Signal(8, reset_less=self._reset_less, init=5)
        self._build(m, self, value)
        m.d.comb += self.kept.eq(value)
        return m


def plain(m: Module, ports: Register, value: Signal) -> None:
    """A value if enabled."""
    with m.If(ports.enable):
        m.d.sync += value.eq(ports.next)


def nested(m: Module, ports: Register, value: Signal) -> None:
    """One of two values if enabled."""
    with m.If(ports.enable):
        with m.If(ports.choice):
            m.d.sync += value.eq(ports.next)
        with m.Else():
            m.d.sync += value.eq(3)


def part(m: Module, ports: Register, value: Signal) -> None:
    """Some bits if enabled."""
    with m.If(ports.enable):
        m.d.sync += value[:4].eq(ports.next)


def always(m: Module, ports: Register, value: Signal) -> None:
    """A value in every cycle."""
    with m.If(ports.enable):
        m.d.sync += value.eq(ports.next)
    with m.Else():
        m.d.sync += value.eq(Mux(ports.choice, 1, 2))


def twice(m: Module, ports: Register, value: Signal) -> None:
    """Two conditions, one after the other."""
    plain(m, ports, value)
    with m.If(ports.choice):
        m.d.sync += value.eq(ports.enable)


def emitted(build: Callable[[Module, Register, Signal], object], *, reset_less: bool) -> str:
    """Verilog's blocks for the register, in one line."""
    return re.sub(r"\s+", " ", emit(Register(build, reset_less=reset_less)))


@pytest.mark.parametrize("build", [plain, nested, part])
def test_register_with_enable(build: Callable[[Module, Register, Signal], object]) -> None:
    assert re.search(r"always @\(posedge clk\) if \(enable\) kept <= ", emitted(build, reset_less=True))


@pytest.mark.parametrize("build", [plain, nested, part])
def test_reset_goes_before_the_enable(build: Callable[[Module, Register, Signal], object]) -> None:
    pattern = r"always @\(posedge clk\) if \(rst\) kept <= 8'h05; else if \(enable\) kept <= "
    assert re.search(pattern, emitted(build, reset_less=False))


def test_bits_that_are_not_assigned_hold() -> None:
    assert re.search(r"assign (\\\$\d+) \[7:4\] = kept\[7:4\];", emitted(part, reset_less=True))


@pytest.mark.parametrize("build", [always, twice])
def test_register_without_a_single_enable(build: Callable[[Module, Register, Signal], object]) -> None:
    assert re.search(r"always @\(posedge clk\) kept <= \\\$\d+ ;", emitted(build, reset_less=True))


def test_wire_of_a_replaced_assignment_is_gone() -> None:
    text = emitted(plain, reset_less=True)
    assert "kept <= next" in text
    assert not re.search(r"(wire|reg) \[7:0\] \\\$\d+ ;", text)
