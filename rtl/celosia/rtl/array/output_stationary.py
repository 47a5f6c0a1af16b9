"""Sums stay, both operands move past them."""

from collections.abc import Mapping
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Any

from amaranth.hdl import Cat, EnableInserter, Module, Mux, Shape, ShapeLike, Signal, Value, signed, unsigned
from amaranth.lib import data

from celosia.rtl.array.product_array import LENGTH_BITS, ProductArray
from celosia.rtl.array.skew import Skew
from celosia.rtl.mac.dot_product import DotProduct, dot_product_latency
from celosia.rtl.repeated import Unshared


class OutputStationaryArray(ProductArray):
    """A tile of ``rows`` vectors by ``cols`` outputs adds up in the array; inputs stream through, one a cycle.

    The dataflow of ShiDianNao and of SCALE-Sim's namesake: no partial sum ever leaves, but both operands are
    read in every cycle. Activations move to the right and weights down, each by one processing element a cycle. A
    finished sum is copied onto its column's bus while the next tile starts, a row a cycle; a tile shorter than
    ``rows`` is stretched to that.

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
        Length of the next tile, at least 1: inputs that are summed; taken with the first of them.
    activations : In(stream)
        Input k of ``rows`` activation vectors; as many of these as the tile is long.
    weights : In(stream)
        Weights of input k for ``cols`` outputs, taken together with the activations.
    results : Out(stream)
        ``cols`` sums of one activation vector; ``rows`` of these a tile, the first ``latency`` cycles after the
        tile's last operands.

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
        tile_shape: ShapeLike = unsigned(LENGTH_BITS),
    ) -> None:
        super().__init__(
            tile_shape=tile_shape,
            rows=rows,
            cols=cols,
            activation_lanes=rows,
            weight_lanes=cols,
            result_lanes=cols,
            weight_shape=weight_shape,
            activation_shape=activation_shape,
            accumulator_shape=accumulator_shape,
        )

    @property
    def latency(self) -> int:
        """Cycles from a tile's last operands to its first result: operand, product, sum, bus; all columns."""
        return 2 + self.product_latency + self.cols

    @property
    def product_latency(self) -> int:
        """Cycles from a processing element's operands to their product."""
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
        lefts = self._skewed(m, advance, "activation_skew", self.activations.payload, self.activation_shape)
        aboves = self._skewed(m, advance, "weight_skew", self.weights.payload, self.weight_shape)
        sums = []
        for row in range(self.rows):
            for col in range(self.cols):
                left = Signal(self.activation_shape, name=f"activation_{row}_{col}", reset_less=True)
                above = Signal(self.weight_shape, name=f"weight_{row}_{col}", reset_less=True)
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
        """Take operands in pairs and count them; what is taken in this cycle, if anything."""
        step = Signal(data.StructLayout({"valid": 1, "first": 1, "last": 1, **self._step_fields}))
        left = Signal(LENGTH_BITS)
        gap = Signal(range(self.rows))
        ends = Signal()
        taken = Signal()
        begins = left == 0
        m.d.comb += [
            ends.eq(Mux(begins, self._length, left) == 1),
            taken.eq(
                self.activations.valid
                & self.weights.valid
                & (~begins | self.tiles.valid)
                & ~(ends & (gap != 0))
            ),
            self.activations.ready.eq(advance & taken),
            self.weights.ready.eq(advance & taken),
            self.tiles.ready.eq(advance & taken & begins),
            step.valid.eq(taken),
            step.first.eq(begins),
            step.last.eq(taken & ends),
        ]
        with m.If(advance):
            with m.If(taken):
                m.d.sync += left.eq(Mux(begins, self._length, left) - 1)
            with m.If(taken & ends):
                m.d.sync += gap.eq(self.rows - 1)
            with m.Elif(gap != 0):
                m.d.sync += gap.eq(gap - 1)
        return step

    #: What a step must know besides where its tile begins and ends; a subclass may need more.
    _step_fields: Mapping[str, ShapeLike] = {}

    @property
    def _length(self) -> Value:
        """Length of the tile that is offered."""
        return self.tiles.payload

    def _product(
        self, m: Module, advance: Signal, name: str, activation: Value, weight: Value, step: Any
    ) -> Value:
        """The product of a processing element's operands, ``product_latency`` cycles later."""
        product = DotProduct(length=1, weight_shape=self.weight_shape, activation_shape=self.activation_shape)
        m.submodules[name] = EnableInserter(advance)(Unshared(product))
        m.d.comb += [product.activations[0].eq(activation), product.weights[0].eq(weight)]
        return product.sum

    def _skewed(self, m: Module, advance: Signal, name: str, vector: Any, shape: Shape) -> list[Value]:
        """A vector's elements, element i i cycles late."""
        lanes = len(vector.as_value()) // shape.width
        skew = Skew(shape=shape, lanes=lanes)
        m.submodules[name] = EnableInserter(advance)(Unshared(skew))
        m.d.comb += skew.input.eq(vector)
        return [skew.output[lane] for lane in range(lanes)]
