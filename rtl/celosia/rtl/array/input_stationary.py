"""Activations stay, weights move past them."""

from amaranth.hdl import ShapeLike, signed

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
        Integer formats of operands and results.

    Members
    -------
    tiles : In(stream(unsigned(16)))
        Length of the next tile, at least 1; taken with its first moving vector.
    activations : In(stream)
        Input k of ``cols`` activation vectors; ``rows`` of these a tile, first input first.
    weights : In(stream)
        ``rows`` weights of one output; as many as the tile is long.
    results : Out(stream)
        For each output, its sums over the ``rows`` inputs for all ``cols`` vectors, ``latency`` cycles later.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind, or not positive.
    """

    def __init__(
        self,
        *,
        rows: int,
        cols: int,
        weight_shape: ShapeLike = signed(8),
        activation_shape: ShapeLike = signed(8),
        accumulator_shape: ShapeLike = signed(32),
    ) -> None:
        super().__init__(
            rows=rows,
            cols=cols,
            weights_stay=False,
            weight_shape=weight_shape,
            activation_shape=activation_shape,
            accumulator_shape=accumulator_shape,
        )
