"""Stage: the order of layers, and an address for every buffer."""

from celosia.compiler.layers import Lowered
from celosia.compiler.order import order_layers
from celosia.compiler.place import Placement, place
from celosia.rtl.config import AcceleratorConfig


def arrange(lowered: Lowered, config: AcceleratorConfig) -> tuple[Lowered, Placement]:
    """Order and place: the fastest arrangement that fits the scratchpad, or the smallest if none does.

    Two things cost memory and save time: the better order of layers, and buffers that outlive their last
    reader by a layer, so that the layer after it, which starts before that one has ended, finds free memory.
    """
    ordered = order_layers(lowered, config)
    candidates = ((ordered, 1), (lowered, 1), (ordered, 0), (lowered, 0))
    for candidate, slack in candidates:
        placement = place(candidate, config, slack=slack)
        if placement.peak <= config.scratchpad_bytes:
            break
    return candidate, placement
