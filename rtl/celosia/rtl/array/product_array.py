"""What arrays of all dataflows look like from outside."""

from typing import TypedDict

from amaranth.hdl import Shape, ShapeLike, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.array.array_mac import ArrayMac, checked_mac, lane_shape, tile_shape
from celosia.rtl.mac.shape import integer_shape
from celosia.rtl.parameter import positive_integer


class ArrayFormats(TypedDict, total=False):
    """Parameters of every array that say what its numbers are."""

    weight_shape: ShapeLike
    activation_shape: ShapeLike
    accumulator_shape: ShapeLike


class ArrayOptions(ArrayFormats, total=False):
    """Parameters of an array whose processing elements can be chosen."""

    mac: ArrayMac


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
    mac : ArrayMac
        What the processing elements multiply with.
    weights_are_serial : bool
        Whether a bit-serial array takes its weights bit by bit, or its activations.

    Members
    -------
    tiles : In(stream)
        Length of the next tile, at least 1; ``length`` and its mode, if ``mac`` has modes.
    activations : In(stream)
        Vectors of activations.
    weights : In(stream)
        Vectors of weights.
    results : Out(stream(ArrayLayout(accumulator_shape, result_lanes)))
        Vectors of sums.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind, not positive, or ``mac`` cannot multiply such operands.
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
        mac: ArrayMac = ArrayMac.PARALLEL,
        weights_are_serial: bool = True,
    ) -> None:
        self._rows = positive_integer("rows", rows)
        self._cols = positive_integer("cols", cols)
        self._weight_shape = integer_shape("weight_shape", weight_shape)
        self._activation_shape = integer_shape("activation_shape", activation_shape)
        self._accumulator_shape = integer_shape("accumulator_shape", accumulator_shape)
        self._mac = checked_mac(mac, weight_shape=self._weight_shape, activation_shape=self._activation_shape)
        self._weights_are_serial = weights_are_serial
        activations = data.ArrayLayout(lane_shape(mac, self._activation_shape), activation_lanes)
        weights = data.ArrayLayout(lane_shape(mac, self._weight_shape), weight_lanes)
        results = data.ArrayLayout(self._accumulator_shape, result_lanes)
        super().__init__(
            {
                "tiles": In(stream.Signature(tile_shape(mac, self.serial_shape.width))),
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

    @property
    def mac(self) -> ArrayMac:
        """What the processing elements multiply with."""
        return self._mac

    @property
    def weights_are_serial(self) -> bool:
        """Whether a bit-serial array takes its weights bit by bit, or its activations."""
        return self._weights_are_serial

    @property
    def serial_shape(self) -> Shape:
        """Format of the operands that a bit-serial array takes bit by bit."""
        return self._weight_shape if self._weights_are_serial else self._activation_shape
