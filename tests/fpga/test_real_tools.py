"""The real tools, from a board to its bitstream: a small design on a board of each family, and whole accelerators."""

from pathlib import Path

import pytest
from amaranth.build import Platform
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.fpga.boards import find, known
from celosia.fpga.build import build
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.memory.ram import Ram
from tests.fpga.small import SMALLEST


class Echo(wiring.Component):
    """Has the ports of the board's top, a memory, a product of registers, and little else."""

    rx: In(1)
    tx: Out(1)
    leds: Out(4)

    def __init__(
        self, config: AcceleratorConfig, *, clock_hz: int, baud_rate: int, program_digest: int
    ) -> None:
        super().__init__()

    def elaborate(self, platform: Platform) -> Module:
        """Mix everything up, so that nothing is removed."""
        m = Module()
        m.submodules.ram = ram = Ram(width=16, depth=512)
        count, left, product = Signal(16), Signal(8), Signal(16)
        m.d.sync += [count.eq(count + 1), left.eq(ram.read_data), product.eq(left * count[:8])]
        m.d.comb += [
            ram.read_enable.eq(1),
            ram.read_address.eq(count),
            ram.write_enable.eq(self.rx),
            ram.write_address.eq(product),
            ram.write_data.eq(count),
            self.tx.eq(product[-1]),
            self.leds.eq(count[-4:]),
        ]
        return m


@pytest.mark.parametrize(
    ("name", "first_bytes"),
    [
        ("ulx3s-25f", b"\xff\x00"),
        ("butterstick", b"\xff\x00"),
        ("icebreaker", b"\xff\x00"),
        ("tang-nano-9k", b"11111111"),
        ("tang-primer-20k", b"11111111"),
    ],
)
def test_small_design(name: str, first_bytes: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("celosia.fpga.design.BoardTop", Echo)
    board = find(name)
    config = AcceleratorConfig.create({**SMALLEST, "clock_hz": board.config["clock_hz"]})
    made = build(board, config)
    content = made.path.read_bytes()
    assert first_bytes in content[:4096]
    assert made.report.meets_clock
    assert made.report.critical_path
    used = {resource.name: resource for resource in made.report.resources}
    multipliers = [resource for resource in made.report.resources if "multiplier" in resource.name]
    assert sum(resource.used for resource in multipliers) == 1
    assert used["block RAM"].used >= 1
    part = board.family.part(board.make_platform())
    assert multipliers[0].available == part.multipliers
    assert used["block RAM"].available == part.ram_blocks


#: The board whose default is placed in two minutes; others take four to thirty.
SMALLEST_BOARD = "icebreaker"


@pytest.mark.parametrize(
    "name",
    [
        SMALLEST_BOARD,
        *(pytest.param(name, marks=pytest.mark.slow) for name in known() if name != SMALLEST_BOARD),
    ],
)
def test_default_accelerator(name: str) -> None:
    """What ``celosia build --board NAME`` makes fits, and meets its clock."""
    board = find(name)
    made = build(board, board.configuration(), tries=3)
    assert made.report.meets_clock, f"{made.report.clock_mhz:.1f} MHz of {made.report.target_mhz:g} MHz"
