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
        config={**config, "clock_hz": clock_mhz * 1_000_000},
        leds=[Pin("led", number) for number in range(4)],
        loader=("--board", "ulx3s"),
    )
    for size, config, clock_mhz in (
        ("12f", ECP5_25F, 100),
        ("25f", ECP5_25F, 100),
        ("45f", ECP5_45F, 80),
        ("85f", ECP5_85F, 100),
    )
)
