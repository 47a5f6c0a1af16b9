"""Stage: the order of layers, and an address for every buffer."""

from itertools import product

from celosia.compiler.layers import Lowered
from celosia.compiler.order import order_layers
from celosia.compiler.place import Placement, place
from celosia.rtl.config import AcceleratorConfig

#: Layers that a buffer may outlive its last reader by, the best first.
SLACKS = (8, 4, 2, 1, 0)


def arrange(lowered: Lowered, config: AcceleratorConfig) -> tuple[Lowered, Placement]:
    """Order and place: the fastest arrangement that fits the scratchpad, or the smallest if none does.

    Two things cost memory and save time: buffers that outlive their last reader by some layers, so that later
    layers, which start before that one has ended, find free memory; and the better order of layers.
    """
    ordered = order_layers(lowered, config)
    for slack, candidate in product(SLACKS, (ordered, lowered)):
        placement = place(candidate, config, slack=slack)
        if placement.peak <= config.scratchpad_bytes:
            break
    return candidate, placement
