"""Icepi Zero v1.3."""

from celosia.fpga.board import Board, Pin
from celosia.fpga.boards.sizes import ECP5_25F
from celosia.fpga.families.ecp5 import ECP5

BOARDS = (
    Board(
        name="icepi-zero",
        title="Icepi Zero v1.3, LFE5U-25F",
        platform="amaranth_boards.icepi_zero:IcepiZero1_3Platform",
        family=ECP5,
        config={**ECP5_25F, "clock_hz": 100_000_000},
        leds=[Pin("led", number) for number in range(4)],
        loader=("--board", "icepi-zero"),
    ),
)
