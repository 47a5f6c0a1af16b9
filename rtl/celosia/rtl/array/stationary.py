"""An array in which one operand stays, and the other moves past it."""

from typing import Any, Unpack

from amaranth.hdl import Cat, EnableInserter, Module, Shape, Signal, Value, unsigned

from celosia.rtl.array.array_mac import ArrayMac
from celosia.rtl.array.product_array import ArrayOptions, ProductArray
from celosia.rtl.array.skew import Skew
from celosia.rtl.array.systolic import SystolicArray
from celosia.rtl.array.tile_steps import TileSteps
from celosia.rtl.mac.bit_planes import with_plane
from celosia.rtl.mac.operand import shape_between, sum_limits
from celosia.rtl.mac.precision_product import PACKED_BITS
from celosia.rtl.mac.products import PRECISION_BITS, Multiplier, SplitMultiplier
from celosia.rtl.repeated import Unshared


class StationaryArray(ProductArray):
    """A :class:`SystolicArray` with streams, whichever operand stays in it.

    The stationary operand comes as ``rows`` vectors of ``cols`` elements a tile, while the tile before it still
    works. The tile's first moving vector swaps it in. Results wait until all columns are there.

    A bit-serial array takes the moving operand bit by bit (Stripes does so with activations): the systolic array has
    gates in place of multipliers and sums only as wide as a plane of bits needs, and each column adds the planes up.

    Parameters
    ----------
    rows, cols : int
        Size of the array, and of what stays.
    weights_stay : bool
        Whether weights stay and activations move, or the other way round.
    **options : ArrayOptions
        As for :class:`ProductArray`.

    Raises
    ------
    TypeError, ValueError
        As for :class:`ProductArray`.
    """

    def __init__(self, *, rows: int, cols: int, weights_stay: bool, **options: Unpack[ArrayOptions]) -> None:
        self._weights_stay = weights_stay
        super().__init__(
            rows=rows,
            cols=cols,
            activation_lanes=rows if weights_stay else cols,
            weight_lanes=cols if weights_stay else rows,
            result_lanes=cols,
            weights_are_serial=not weights_stay,
            **options,
        )
        stationary, moving = self.weight_shape, self.activation_shape
        if not weights_stay:
            stationary, moving = moving, stationary
        multiplier: Multiplier | SplitMultiplier = Multiplier.INFERRED
        sums = self.accumulator_shape
        match self.mac:
            case ArrayMac.BIT_SERIAL:
                moving = unsigned(1)
                plane = shape_between(sum_limits(stationary, moving, rows))
                sums = plane if plane.width < sums.width else sums
            case ArrayMac.PRECISION_SCALABLE:
                stationary = Shape(PACKED_BITS, stationary.signed)
                moving = Shape(PACKED_BITS + PRECISION_BITS, moving.signed)
                multiplier = (
                    SplitMultiplier.WEIGHTS_STAY if weights_stay else SplitMultiplier.ACTIVATIONS_STAY
                )
        self._array = SystolicArray(
            rows=rows,
            cols=cols,
            weight_shape=stationary,
            activation_shape=moving,
            accumulator_shape=sums,
            multiplier=multiplier,
        )

    @property
    def latency(self) -> int:
        """Cycles from the taking of a moving vector to its result, that of the last column included."""
        return self._array_latency + (self.mac is ArrayMac.BIT_SERIAL)

    @property
    def _array_latency(self) -> int:
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

        # A tile is complete in the shadow registers, and waits for the one at work to end.
        complete = Signal()
        row = Signal(range(max(2, self.rows)))
        m.submodules.steps = steps = TileSteps(mac=self.mac, serial_bits=self.serial_shape.width)
        step, begins = steps.step, steps.step.first
        m.d.comb += [
            steps.tiles.payload.eq(self.tiles.payload),
            steps.tiles.valid.eq(self.tiles.valid),
            self.tiles.ready.eq(steps.tiles.ready),
            steps.advance.eq(advance),
            steps.offered.eq(moving.valid),
            steps.may_begin.eq(complete),
            moving.ready.eq(advance & steps.taken),
            stationary.ready.eq(advance & (~complete | begins)),
            array.activations.as_value().eq(Cat(self._operand(lane, step) for lane in moving.payload)),
            array.valid.eq(step.valid),
            array.swap.eq(begins),
            array.weights.as_value().eq(Value.cast(stationary.payload)),
            array.load.eq(stationary.valid & (~complete | begins)),
            array.load_group.eq(row),
        ]
        with m.If(advance):
            with m.If(begins):
                m.d.sync += complete.eq(0)
            with m.If(array.load):
                m.d.sync += row.eq(row + 1)
                with m.If(row == self.rows - 1):
                    m.d.sync += [row.eq(0), complete.eq(1)]

        # Column j comes j cycles late; it waits for the last one.
        deskew = Skew(shape=array.accumulator_shape, lanes=self.cols)
        m.submodules.deskew = EnableInserter(advance)(Unshared(deskew))
        m.d.comb += [deskew.input[self.cols - 1 - col].eq(array.psums[col]) for col in range(self.cols)]
        sums = [deskew.output[self.cols - 1 - col] for col in range(self.cols)]
        if self.mac is ArrayMac.BIT_SERIAL:
            self._add_planes(m, advance, step, sums)
        else:
            m.d.comb += self.results.valid.eq(array.psums_valid[-1])
            m.d.comb += [self.results.payload[col].eq(sums[col]) for col in range(self.cols)]
        return m

    def _operand(self, lane: Value, step: Any) -> Value:
        """What a processing element gets of a lane of the moving vector in one step."""
        match self.mac:
            case ArrayMac.BIT_SERIAL:
                return lane.bit_select(step.position, 1)
            case ArrayMac.PRECISION_SCALABLE:
                return Cat(lane, step.precision)
        return lane

    def _add_planes(self, m: Module, advance: Signal, step: Any, planes: list[Any]) -> None:
        """Add the sums of a vector's bit planes up; the last one completes the result."""
        top, bottom = Signal(self._array_latency), Signal(self._array_latency)
        arrived = self._array.psums_valid[-1]
        with m.If(advance):
            m.d.sync += [
                top.eq(Cat(step.top, top)),
                bottom.eq(Cat(step.bottom, bottom)),
                self.results.valid.eq(arrived & bottom[-1]),
            ]
            for total, plane in zip(self.results.payload, planes, strict=True):
                m.d.sync += total.eq(
                    with_plane(total, plane, first=top[-1], is_signed=self.serial_shape.signed)
                )
