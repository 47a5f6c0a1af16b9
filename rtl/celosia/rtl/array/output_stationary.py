"""Sums stay, both operands move past them."""

from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Any, Unpack

from amaranth.hdl import Cat, EnableInserter, Module, Mux, Shape, Signal, Value, unsigned

from celosia.rtl.array.array_mac import ArrayMac, lane_shape
from celosia.rtl.array.product_array import ArrayOptions, ProductArray
from celosia.rtl.array.skew import Skew
from celosia.rtl.array.tile_steps import TileSteps
from celosia.rtl.mac.dot_product import DotProduct, dot_product_latency
from celosia.rtl.mac.operand import operand_limits, shape_between
from celosia.rtl.mac.precision_product import PrecisionScalableProduct
from celosia.rtl.repeated import Unshared


class OutputStationaryArray(ProductArray):
    """A tile of ``rows`` vectors by ``cols`` outputs adds up in the array; inputs stream through, one a cycle.

    The dataflow of ShiDianNao and of SCALE-Sim's namesake: no partial sum ever leaves, but both operands are
    read in every cycle. Activations move to the right and weights down, each by one processing element a cycle. A
    finished sum is copied onto its column's bus while the next tile starts, a row a cycle; a tile shorter than
    ``rows`` is stretched to that.

    A bit-serial array takes its weights bit by bit: activations enter it shifted to the bit's place, and negated with
    the sign, so that a processing element is a gate and an adder.

    While a result is valid and not taken, everything stands still. Sums wrap to the accumulator's width. Reset
    drops what is on its way.

    Parameters
    ----------
    rows, cols : int
        Size of the array; any positive numbers.
    weight_shape, activation_shape, accumulator_shape : ShapeLike
        Integer formats of operands and results; operands of 8 bits if ``mac`` is ``precision_scalable``.
    mac : ArrayMac
        What the processing elements multiply with: ``parallel``, a multiplier, an input a cycle; ``bit_serial``, a
        gate, an input in as many cycles as its weights have bits; ``precision_scalable``, a multiplier that
        splits, 1, 2, 4 or 8 inputs a cycle.

    Members
    -------
    tiles : In(stream)
        Length of the next tile, at least 1: inputs that are summed, or vectors of those that are packed together;
        taken with the first of them. With modes, ``length`` and the tile's mode: ``bits`` of its weights, 1 to all,
        of which only so many low ones count, the highest as the sign if they are signed; or ``precision``: 0 for one
        product of 8 x 8 bits, 1 for two of 4-bit weights and 8-bit activations, 2 for four of 4 x 4, 3 for eight of
        2 x 2.
    activations : In(stream)
        Input k of ``rows`` activation vectors; as many of these as the tile is long. If they split, 1, 2, 4 or 8
        inputs of each vector, packed into 16 bits, the first one lowest.
    weights : In(stream)
        Weights of input k for ``cols`` outputs, taken together with the activations. Packed likewise.
    results : Out(stream)
        ``cols`` sums of one activation vector; ``rows`` of these a tile, the first ``latency`` cycles after the
        tile's last operands.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind, not positive, or ``mac`` cannot multiply such operands.
    """

    def __init__(self, *, rows: int, cols: int, **options: Unpack[ArrayOptions]) -> None:
        super().__init__(
            rows=rows,
            cols=cols,
            activation_lanes=rows,
            weight_lanes=cols,
            result_lanes=cols,
            **options,
        )

    @property
    def latency(self) -> int:
        """Cycles from a tile's last operands to its first result: operand, product, sum, bus; all columns."""
        return 2 + self.product_latency + self.cols

    @property
    def product_latency(self) -> int:
        """Cycles from a processing element's operands to their product."""
        if self.mac is ArrayMac.PRECISION_SCALABLE:
            return PrecisionScalableProduct.latency
        return dot_product_latency(1)

    def elaborate(self, platform: object) -> Module:
        """Count steps, skew the operands, then build the elements and their columns' buses."""
        m = Module()
        advance = Signal()
        m.d.comb += advance.eq(~self.results.valid | self.results.ready)

        # What concerns a step travels along the diagonals: PE (i, j) sees it i + j cycles after PE (0, 0).
        step = self._steps(m, advance)
        product_delay = self.product_latency
        delays = range(1, 2 + product_delay + self.rows + self.cols)
        tags = [Signal.like(step, name=f"tag_{delay}") for delay in delays]
        with m.If(advance):
            m.d.sync += [later.eq(earlier) for earlier, later in pairwise([step, *tags])]

        # Operands move on from one PE's register to the next one's.
        left_shape, above_shape, left_edge, top_edge = self._edges(step)
        lefts = self._skewed(m, advance, "activation_skew", left_edge, left_shape)
        aboves = self._skewed(m, advance, "weight_skew", top_edge, above_shape)
        sums = []
        for row in range(self.rows):
            for col in range(self.cols):
                left = Signal(left_shape, name=f"activation_{row}_{col}", reset_less=True)
                above = Signal(above_shape, name=f"weight_{row}_{col}", reset_less=True)
                product = self._product(m, advance, f"product_{row}_{col}", left, above, tags[row + col])
                total = Signal(self.accumulator_shape, name=f"sum_{row}_{col}", reset_less=True)
                with m.If(advance):
                    m.d.sync += [left.eq(lefts[row]), above.eq(aboves[col])]
                    with m.If(tags[product_delay + row + col].valid):
                        so_far = Mux(tags[product_delay + row + col].first, 0, total)
                        m.d.sync += total.eq(so_far + product)
                lefts[row], aboves[col] = left, above
                sums.append(total)

        # Tiles end at least ``rows`` steps apart, so at most one sum of a column is finished in a cycle.
        deskew = Skew(shape=self.accumulator_shape.width, lanes=self.cols)
        m.submodules.deskew = EnableInserter(advance)(Unshared(deskew))
        for col in range(self.cols):
            bus = Signal(self.accumulator_shape.width, name=f"bus_{col}", reset_less=True)
            finished = (
                Mux(tags[1 + product_delay + row + col].last, sums[row * self.cols + col].as_unsigned(), 0)
                for row in range(self.rows)
            )
            with m.If(advance):
                m.d.sync += bus.eq(reduce(or_, finished))
            mirrored = self.cols - 1 - col
            m.d.comb += [
                deskew.input[mirrored].eq(bus),
                Value.cast(self.results.payload[col]).eq(deskew.output[mirrored]),
            ]
        m.d.comb += self.results.valid.eq(
            Cat(tag.last for tag in tags[1 + product_delay + self.cols :]).any()
        )
        return m

    def _steps(self, m: Module, advance: Signal) -> Any:
        """Take operands in pairs, and no two tiles' last ones too close; what happens in this cycle, if anything."""
        m.submodules.steps = steps = TileSteps(mac=self.mac, serial_bits=self.serial_shape.width)
        gap = Signal(range(self.rows))
        taken = advance & steps.taken
        m.d.comb += [
            steps.tiles.payload.eq(self.tiles.payload),
            steps.tiles.valid.eq(self.tiles.valid),
            self.tiles.ready.eq(steps.tiles.ready),
            steps.advance.eq(advance),
            steps.offered.eq(self.activations.valid & self.weights.valid),
            steps.may_end.eq(gap == 0),
            self.activations.ready.eq(taken),
            self.weights.ready.eq(taken),
        ]
        with m.If(advance):
            with m.If(steps.step.last):
                m.d.sync += gap.eq(self.rows - 1)
            with m.Elif(gap != 0):
                m.d.sync += gap.eq(gap - 1)
        return steps.step

    def _edges(self, step: Any) -> tuple[Shape, Shape, list[Value], list[Value]]:
        """Formats of what enters the array at its left and upper edge in a step, and what does."""
        activations = list(self.activations.payload)
        weights = list(self.weights.payload)
        if self.mac is not ArrayMac.BIT_SERIAL:
            return (
                lane_shape(self.mac, self.activation_shape),
                lane_shape(self.mac, self.weight_shape),
                activations,
                weights,
            )
        places = self.weight_shape.width - 1
        low, high = (limit << places for limit in operand_limits(self.activation_shape))
        placed = [activation << step.position for activation in activations]
        if self.weight_shape.signed:
            low, high = min(low, -high), max(high, -low)
            placed = [Mux(step.top, -value, value) for value in placed]
        return (
            shape_between((low, high)),
            unsigned(1),
            placed,
            [w.bit_select(step.position, 1) for w in weights],
        )

    def _product(
        self, m: Module, advance: Signal, name: str, activation: Signal, weight: Signal, step: Any
    ) -> Value:
        """The product of a processing element's operands, ``product_latency`` cycles later."""
        if self.mac is ArrayMac.PRECISION_SCALABLE:
            split = PrecisionScalableProduct(
                signed_weights=self.weight_shape.signed, signed_activations=self.activation_shape.signed
            )
            m.submodules[name] = EnableInserter(advance)(Unshared(split))
            m.d.comb += [
                split.activations.eq(activation),
                split.weights.eq(weight),
                split.precision.eq(step.precision),
            ]
            return split.product
        product = DotProduct(length=1, weight_shape=weight.shape(), activation_shape=activation.shape())
        m.submodules[name] = EnableInserter(advance)(Unshared(product))
        m.d.comb += [product.activations[0].eq(activation), product.weights[0].eq(weight)]
        return product.sum

    def _skewed(self, m: Module, advance: Signal, name: str, lanes: list[Value], shape: Shape) -> list[Value]:
        """A vector's elements, element i i cycles late."""
        skew = Skew(shape=shape, lanes=len(lanes))
        m.submodules[name] = EnableInserter(advance)(Unshared(skew))
        m.d.comb += [skew.input[index].eq(lane) for index, lane in enumerate(lanes)]
        return [skew.output[index] for index in range(len(lanes))]
