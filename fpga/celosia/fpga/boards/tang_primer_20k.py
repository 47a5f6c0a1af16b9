"""Sipeed Tang Primer 20K on its dock."""

from celosia.fpga.board import Board, Pin
from celosia.fpga.boards.sizes import GOWIN_20
from celosia.fpga.families.gowin import GOWIN

BOARDS = (
    Board(
        name="tang-primer-20k",
        title="Sipeed Tang Primer 20K Dock, GW2A-18C",
        platform="amaranth_boards.tang_primer_20k:TangPrimer20kDockPlatform",
        family=GOWIN,
        config={**GOWIN_20, "clock_hz": 108_000_000},
        leds=[Pin("led", number) for number in range(4)],
        loader=("--board", "tangprimer20k"),
    ),
)
