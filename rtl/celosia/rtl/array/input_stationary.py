"""Activations stay, weights move past them."""

from typing import Unpack

from celosia.rtl.array.product_array import ArrayOptions
from celosia.rtl.array.stationary import StationaryArray


class InputStationaryArray(StationaryArray):
    """A tile of ``rows`` inputs of ``cols`` activation vectors stays; weights stream through.

    The weight-stationary array with the operands' roles exchanged: an activation is read once a tile, weights once
    for every ``cols`` vectors, and each result is one of ceil(K / rows) partial sums. It pays where there are
    fewer activation vectors than outputs. Tiles of at least ``rows`` outputs lose no cycle.

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
        gate, a vector in as many cycles as its weights have bits; ``precision_scalable``, a multiplier that
        splits, a vector of ``rows`` times 1, 2, 4 or 8 inputs a cycle.

    Members
    -------
    tiles : In(stream)
        Length of the next tile, at least 1; taken with its first moving vector. With modes, ``length`` and the tile's
        mode: ``bits`` of its weights, 1 to all, of which only so many low ones count, the highest as the sign if
        they are signed; or ``precision``: 0 for one product of 8 x 8 bits, 1 for two of 4-bit weights and 8-bit
        activations, 2 for four of 4 x 4, 3 for eight of 2 x 2.
    activations : In(stream)
        Input k of ``cols`` activation vectors; ``rows`` of these a tile, first input first. If they split, 1, 2, 4 or
        8 inputs of each vector, packed into 16 bits, the first one lowest.
    weights : In(stream)
        ``rows`` weights of one output; as many as the tile is long. Packed likewise.
    results : Out(stream)
        For each output, its sums over the ``rows`` inputs for all ``cols`` vectors, ``latency`` cycles later.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind, not positive, or ``mac`` cannot multiply such operands.
    """

    def __init__(self, *, rows: int, cols: int, **options: Unpack[ArrayOptions]) -> None:
        super().__init__(rows=rows, cols=cols, weights_stay=False, **options)
