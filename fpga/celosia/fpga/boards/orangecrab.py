"""OrangeCrab r0.2, with either part."""

from collections.abc import Sequence
from typing import Any

from celosia.fpga.board import Board, Pin
from celosia.fpga.boards.sizes import ECP5_25F, ECP5_85F
from celosia.fpga.families.ecp5 import ECP5


def _uart(platform: Any) -> Sequence[Any]:
    from amaranth.build import Attrs
    from amaranth_boards.resources import UARTResource

    return [UARTResource(0, rx="0", tx="1", conn=("io", 0), attrs=Attrs(IO_TYPE="LVCMOS33"))]


BOARDS = tuple(
    Board(
        name=f"orangecrab-{size}",
        title=f"OrangeCrab r0.2, LFE5U-{size.upper()}",
        platform=f"amaranth_boards.orangecrab_r0_2:OrangeCrabR0_2_{size.upper()}Platform",
        family=ECP5,
        config={**config, "clock_hz": 100_000_000},
        leds=[Pin("rgb_led", 0, colour) for colour in "gbr"],
        # Its USB bootloader is a DFU device.
        loader=("--board", "orangeCrab"),
        resources=_uart,
        serial_note="an adapter of 3.3 V on the pins RX (0) and TX (1)",
    )
    for size, config in (("25f", ECP5_25F), ("85f", ECP5_85F))
)
