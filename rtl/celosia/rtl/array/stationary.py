"""An array in which one operand stays, and the other moves past it."""

from typing import Any

from amaranth.hdl import EnableInserter, Module, ShapeLike, Signal, Value, signed

from celosia.rtl.array.product_array import LENGTH_BITS, ProductArray
from celosia.rtl.array.skew import Skew
from celosia.rtl.array.systolic import SystolicArray
from celosia.rtl.repeated import Unshared


class StationaryArray(ProductArray):
    """A :class:`SystolicArray` with streams, whichever operand stays in it.

    The stationary operand comes as ``rows`` vectors of ``cols`` elements a tile, while the tile before it still
    works. The tile's first moving vector swaps it in. Results wait until all columns are there.

    Parameters
    ----------
    rows, cols : int
        Size of the array, and of what stays.
    weights_stay : bool
        Whether weights stay and activations move, or the other way round.
    weight_shape, activation_shape, accumulator_shape : ShapeLike
        Integer formats of operands and results.

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
        weights_stay: bool,
        weight_shape: ShapeLike = signed(8),
        activation_shape: ShapeLike = signed(8),
        accumulator_shape: ShapeLike = signed(32),
    ) -> None:
        self._weights_stay = weights_stay
        super().__init__(
            rows=rows,
            cols=cols,
            activation_lanes=rows if weights_stay else cols,
            weight_lanes=cols if weights_stay else rows,
            result_lanes=cols,
            weight_shape=weight_shape,
            activation_shape=activation_shape,
            accumulator_shape=accumulator_shape,
        )
        stationary, moving = self.weight_shape, self.activation_shape
        if not weights_stay:
            stationary, moving = moving, stationary
        self._array = SystolicArray(
            rows=rows,
            cols=cols,
            weight_shape=stationary,
            activation_shape=moving,
            accumulator_shape=self.accumulator_shape,
        )

    @property
    def latency(self) -> int:
        """Cycles from a moving vector to its result, that of the last column included."""
        return self._array.latency + self.cols - 1

    def elaborate(self, platform: object) -> Module:
        """Load what stays row by row, send what moves through, and line the results up."""
        m = Module()
        stationary: Any = self.weights if self._weights_stay else self.activations
        moving: Any = self.activations if self._weights_stay else self.weights
        array = self._array
        advance = Signal()
        m.submodules.array = EnableInserter(advance)(Unshared(array))
        m.d.comb += advance.eq(~self.results.valid | self.results.ready)

        # A tile is complete in the shadow registers; so many vectors of the one at work are still to come.
        complete = Signal()
        left = Signal(LENGTH_BITS)
        begins = Signal()
        row = Signal(range(max(2, self.rows)))
        m.d.comb += [
            begins.eq((left == 0) & self.tiles.valid & complete & moving.valid),
            self.tiles.ready.eq(advance & begins),
            moving.ready.eq(advance & ((left != 0) | begins)),
            stationary.ready.eq(advance & (~complete | begins)),
            array.activations.eq(moving.payload),
            array.valid.eq(moving.valid & ((left != 0) | begins)),
            array.swap.eq(begins),
            array.weights.as_value().eq(Value.cast(stationary.payload)),
            array.load.eq(stationary.valid & (~complete | begins)),
            array.load_group.eq(row),
        ]
        with m.If(advance):
            with m.If(begins):
                m.d.sync += [left.eq(self.tiles.payload - 1), complete.eq(0)]
            with m.Elif(moving.valid & (left != 0)):
                m.d.sync += left.eq(left - 1)
            with m.If(array.load):
                m.d.sync += row.eq(row + 1)
                with m.If(row == self.rows - 1):
                    m.d.sync += [row.eq(0), complete.eq(1)]

        # Column j comes j cycles late; it waits for the last one.
        deskew = Skew(shape=self.accumulator_shape.width, lanes=self.cols)
        m.submodules.deskew = EnableInserter(advance)(Unshared(deskew))
        for col in range(self.cols):
            mirrored = self.cols - 1 - col
            m.d.comb += [
                deskew.input[mirrored].eq(Value.cast(array.psums[col])),
                Value.cast(self.results.payload[col]).eq(deskew.output[mirrored]),
            ]
        m.d.comb += self.results.valid.eq(array.psums_valid[-1])
        return m
