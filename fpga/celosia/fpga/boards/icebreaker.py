"""1BitSquared iCEBreaker."""

from celosia.fpga.board import Board, Pin
from celosia.fpga.boards.sizes import ICE40_UP5K
from celosia.fpga.families.ice40 import ICE40

BOARDS = (
    Board(
        name="icebreaker",
        title="1BitSquared iCEBreaker, iCE40UP5K",
        platform="amaranth_boards.icebreaker:ICEBreakerPlatform",
        family=ICE40,
        config={**ICE40_UP5K, "clock_hz": 18_000_000},
        leds=[Pin("led", 1), Pin("led", 0)],
        loader=("--board", "ice40_generic"),
    ),
)
