"""What arrays of all dataflows look like from outside."""

from amaranth.hdl import Shape, ShapeLike, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.shape import integer_shape
from celosia.rtl.parameter import positive_integer

#: Bits of a tile's length.
LENGTH_BITS = 16


class ProductArray(wiring.Component):
    """An array of ``rows`` x ``cols`` multipliers for matrix products, with the same four streams in each dataflow.

    A product of M x K activations by K x N weights is cut into *tiles*: what stays in the array, and a number of
    steps for which it stays, the tile's ``length``. Which vectors a step and a result are is the dataflow's
    business, and written down in its class; in all of them a tile's vectors come in order, tile by tile, and each
    stream only waits for the others as far as it must. Results that have to be added to others of the same
    element are: that is left to whoever takes them.

    While a result is valid and not taken, everything stands still. Sums wrap to the accumulator's width. Reset
    drops what is on its way.

    Parameters
    ----------
    rows, cols : int
        Size of the array; any positive numbers.
    activation_lanes, weight_lanes, result_lanes : int
        Elements of a vector of each stream.
    weight_shape, activation_shape, accumulator_shape : ShapeLike
        Integer formats of operands and results.
    tile_shape : ShapeLike
        What is said about a tile: its length, unless an array must know more.

    Members
    -------
    tiles : In(stream(unsigned(16)))
        Length of the next tile, at least 1.
    activations : In(stream(ArrayLayout(activation_shape, activation_lanes)))
        Vectors of activations.
    weights : In(stream(ArrayLayout(weight_shape, weight_lanes)))
        Vectors of weights.
    results : Out(stream(ArrayLayout(accumulator_shape, result_lanes)))
        Vectors of sums.

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
        activation_lanes: int,
        weight_lanes: int,
        result_lanes: int,
        weight_shape: ShapeLike = signed(8),
        activation_shape: ShapeLike = signed(8),
        accumulator_shape: ShapeLike = signed(32),
        tile_shape: ShapeLike = unsigned(LENGTH_BITS),
    ) -> None:
        self._rows = positive_integer("rows", rows)
        self._cols = positive_integer("cols", cols)
        self._weight_shape = integer_shape("weight_shape", weight_shape)
        self._activation_shape = integer_shape("activation_shape", activation_shape)
        self._accumulator_shape = integer_shape("accumulator_shape", accumulator_shape)
        activations = data.ArrayLayout(self._activation_shape, activation_lanes)
        weights = data.ArrayLayout(self._weight_shape, weight_lanes)
        results = data.ArrayLayout(self._accumulator_shape, result_lanes)
        super().__init__(
            {
                "tiles": In(stream.Signature(tile_shape)),
                "activations": In(stream.Signature(activations)),
                "weights": In(stream.Signature(weights)),
                "results": Out(stream.Signature(results)),
            }
        )

    @property
    def rows(self) -> int:
        """Rows of the array."""
        return self._rows

    @property
    def cols(self) -> int:
        """Columns of the array."""
        return self._cols

    @property
    def weight_shape(self) -> Shape:
        """Format of a weight."""
        return self._weight_shape

    @property
    def activation_shape(self) -> Shape:
        """Format of an activation."""
        return self._activation_shape

    @property
    def accumulator_shape(self) -> Shape:
        """Format of a result."""
        return self._accumulator_shape
