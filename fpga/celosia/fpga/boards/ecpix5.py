"""LambdaConcept ECPIX-5, with either part."""

from celosia.fpga.board import Board, Pin
from celosia.fpga.boards.sizes import ECP5_45F, ECP5_85F
from celosia.fpga.families.ecp5 import ECP5

BOARDS = tuple(
    Board(
        name=f"ecpix5-{size}",
        title=f"LambdaConcept ECPIX-5, LFE5UM5G-{size.upper()}",
        platform=f"amaranth_boards.ecpix5:ECPIX5{size[:2]}Platform",
        family=ECP5,
        config={**config, "clock_hz": 100_000_000},
        leds=[Pin("rgb_led", number, colour) for number, colour in enumerate("gbrg")],
        loader=("--board", "ecpix5"),
    )
    for size, config in (("45f", ECP5_45F), ("85f", ECP5_85F))
)
