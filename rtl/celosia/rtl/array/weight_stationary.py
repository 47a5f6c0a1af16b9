"""Weights stay, activations move past them."""

from typing import Unpack

from celosia.rtl.array.product_array import ArrayOptions
from celosia.rtl.array.stationary import StationaryArray


class WeightStationaryArray(StationaryArray):
    """A tile of ``rows`` x ``cols`` weights stays; activations stream through; partial sums leave in every cycle.

    The TPU's dataflow: a weight is read once a tile, activations once for every ``cols`` outputs, and each
    result is one of ceil(K / rows) partial sums. The next tile loads while the present one works, so tiles of at
    least ``rows`` vectors lose no cycle.

    While a result is valid and not taken, everything stands still. Sums wrap to the accumulator's width. Reset
    drops what is on its way.

    Parameters
    ----------
    rows, cols : int
        Size of the array; any positive numbers.
    weight_shape, activation_shape, accumulator_shape : ShapeLike
        Integer formats of operands and results; operands of 8 bits if ``mac`` is ``precision_scalable``.
    mac : ArrayMac
        What the processing elements multiply with: ``parallel``, a multiplier, a vector a cycle; ``bit_serial``, a
        gate, a vector in as many cycles as its activations have bits; ``precision_scalable``, a multiplier that
        splits, a vector of ``rows`` times 1, 2, 4 or 8 inputs a cycle.

    Members
    -------
    tiles : In(stream)
        Length of the next tile, at least 1; taken with its first moving vector. With modes, ``length`` and the tile's
        mode: ``bits`` of its activations, 1 to all, of which only so many low ones count, the highest as the sign if
        they are signed; or ``precision``: 0 for one product of 8 x 8 bits, 1 for two of 4-bit weights and 8-bit
        activations, 2 for four of 4 x 4, 3 for eight of 2 x 2.
    weights : In(stream)
        Row k of the tile's weights, ``cols`` outputs; ``rows`` vectors a tile, first row first. If they split, each of
        the outputs has the weights of 1, 2, 4 or 8 inputs, packed into 16 bits, the first one lowest.
    activations : In(stream)
        ``rows`` inputs of one activation vector; as many vectors as the tile is long. Packed likewise.
    results : Out(stream)
        For each activation vector, ``cols`` sums over the ``rows`` inputs, ``latency`` cycles later.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind, not positive, or ``mac`` cannot multiply such operands.
    """

    def __init__(self, *, rows: int, cols: int, **options: Unpack[ArrayOptions]) -> None:
        super().__init__(rows=rows, cols=cols, weights_stay=True, **options)
