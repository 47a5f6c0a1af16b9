"""Radiona ULX3S, with any of its four parts."""

from celosia.fpga.board import Board, Pin
from celosia.fpga.boards.sizes import ECP5_25F, ECP5_45F, ECP5_85F
from celosia.fpga.families.ecp5 import ECP5

BOARDS = tuple(
    Board(
        name=f"ulx3s-{size}",
        title=f"Radiona ULX3S, LFE5U-{size.upper()}",
        platform=f"amaranth_boards.ulx3s:ULX3S_{size.upper()}_Platform",
        family=ECP5,
        config={**config, "clock_hz": 100_000_000},
        leds=[Pin("led", number) for number in range(4)],
        loader=("--board", "ulx3s"),
    )
    for size, config in (("12f", ECP5_25F), ("25f", ECP5_25F), ("45f", ECP5_45F), ("85f", ECP5_85F))
)
