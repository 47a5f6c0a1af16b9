"""Sipeed Tang Nano 9K."""

from celosia.fpga.board import Board, Pin
from celosia.fpga.boards.sizes import GOWIN_9
from celosia.fpga.families.gowin import LITTLE_BEE

BOARDS = (
    Board(
        name="tang-nano-9k",
        title="Sipeed Tang Nano 9K, GW1NR-9C",
        platform="amaranth_boards.tang_nano_9k:TangNano9kPlatform",
        family=LITTLE_BEE,
        config={**GOWIN_9, "clock_hz": 27_000_000},
        leds=[Pin("led", number) for number in range(4)],
        loader=("--board", "tangnano9k"),
    ),
)
