"""How finely layers are cut into pieces of work."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Grain:
    """Sizes that the cutting of layers aims at.

    Small pieces let the layers that follow start early, and let engines turn to other layers meanwhile. But a short
    turn does not last until the other half of the accumulators has been emptied, and each piece is a command.

    Attributes
    ----------
    blocks
        Blocks of output pixels in a layer.
    block_cycles
        Cycles that a block of a convolution should at least keep an engine busy.
    turn_cycles, tap_turn_cycles
        Cycles of sums of MATRIX and of DEPTHWISE that should at least come before their requantisation.
    piece_cycles
        Cycles of VECTOR from which on its work is cut.
    """

    blocks: int = 16
    block_cycles: int = 200
    turn_cycles: int = 200
    tap_turn_cycles: int = 64
    piece_cycles: int = 96


DEFAULT_GRAIN = Grain()

#: All that are tried; which is best depends on how the sizes of neighbouring layers meet. The coarsest comes first: a
#: network of millions of cycles gains nothing from smaller pieces, and its thousands of commands take seconds to order.
GRAINS = (
    Grain(4, 1600, 800, 256, 768),
    DEFAULT_GRAIN,
    Grain(16, 200, 64, 1),
    Grain(16, 300, 128, 1),
    Grain(24, 400, 128, 1),
    Grain(4, 400, 200, 128),
    Grain(16, 400, 300, 64),
    Grain(4, 200, 64, 1),
    Grain(24, 200, 200, 64),
    Grain(8, 200, 128, 64),
    Grain(4, 400, 200, 128, 1 << 16),
)
