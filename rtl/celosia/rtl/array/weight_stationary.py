"""Weights stay, activations move past them."""

from amaranth.hdl import ShapeLike, signed

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
        Integer formats of operands and results.

    Members
    -------
    tiles : In(stream(unsigned(16)))
        Length of the next tile, at least 1; taken with its first moving vector.
    weights : In(stream)
        Row k of the tile's weights, ``cols`` outputs; ``rows`` vectors a tile, first row first.
    activations : In(stream)
        ``rows`` inputs of one activation vector; as many vectors as the tile is long.
    results : Out(stream)
        For each activation vector, ``cols`` sums over the ``rows`` inputs, ``latency`` cycles later.

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
            weights_stay=True,
            weight_shape=weight_shape,
            activation_shape=activation_shape,
            accumulator_shape=accumulator_shape,
        )
