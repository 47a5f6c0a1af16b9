"""One row of processing elements."""

from amaranth.hdl import Cat, Module, Shape, ShapeLike, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.dot_products import DotProducts, dot_products_latency
from celosia.rtl.mac.products import Multiplier, SplitMultiplier, checked_multiplier
from celosia.rtl.mac.shape import integer_shape
from celosia.rtl.parameter import positive_integer
from celosia.rtl.repeated import add_repeated


def row_latency(pe_rows: int, multiplier: Multiplier | SplitMultiplier) -> int:
    """Cycles from activations to PE 0's partial sums: operand, dot products, partial sum."""
    return 1 + dot_products_latency(pe_rows, multiplier) + 1


class ProcessingElementRow(wiring.Component):
    """One row of weight-stationary processing elements (PEs), each ``pe_rows`` by ``pe_cols`` weights.

    Activations, ``swap`` and ``loads`` enter PE 0 and travel on by one PE a cycle; what comes from above and
    leaves below is per column, and must be skewed alike: PE q handles in cycle t + q what PE 0 handles in t.
    Each weight exists twice. The *shadow* weight takes what the weight bus carries; the *active* one
    multiplies. A PE is TPU-like at 1x1 and NVDLA-like when it is the whole array; sizes between trade
    registers for adders, as Gemmini's tiles do.

    A row is one module over all its PEs, whose registers are vectors, rather than a module for each PE:
    a 32x32 array takes a third less time to emit, a 16x16 array a quarter less to simulate.

    Parameters
    ----------
    cols : int
        Columns of the array.
    pe_rows, pe_cols : int
        Size of a PE; ``pe_cols`` must divide ``cols``.
    weight_shape, activation_shape, accumulator_shape : ShapeLike
        Integer formats of the operands and of the partial sums.
    multiplier : Multiplier or SplitMultiplier
        What products are made of; ``ECP5_PACKED`` saves blocks if ``pe_cols`` is above 1.

    Members
    -------
    activations : In(ArrayLayout(activation_shape, pe_rows))
        For PE 0, from its left.
    swap : In(1)
        These activations are the first to use the shadow weights, which become the active ones.
    loads : In(pe_rows)
        For each row, take its shadow weight from ``weights`` (after a swap of the same cycle).
    weights : In(ArrayLayout(ArrayLayout(weight_shape, cols), pe_rows))
        Shadow weights, skewed.
    psums_in : In(ArrayLayout(accumulator_shape, cols))
        Partial sums from the row above, skewed, ``latency - 1`` cycles after the activations they belong to.
    psums_out : Out(ArrayLayout(accumulator_shape, cols))
        The same plus this row's products, skewed, ``latency`` cycles after the activations.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind, not positive, or ``pe_cols`` does not divide ``cols``.
    """

    def __init__(
        self,
        *,
        cols: int,
        pe_rows: int = 1,
        pe_cols: int = 1,
        weight_shape: ShapeLike = signed(8),
        activation_shape: ShapeLike = signed(8),
        accumulator_shape: ShapeLike = signed(32),
        multiplier: Multiplier | SplitMultiplier = Multiplier.INFERRED,
    ) -> None:
        self._cols = positive_integer("cols", cols)
        self._pe_rows = positive_integer("pe_rows", pe_rows)
        self._pe_cols = positive_integer("pe_cols", pe_cols)
        if cols % pe_cols:
            raise ValueError(f"pe_cols must divide cols ({cols}), not {pe_cols!r}")
        self._weight_shape = integer_shape("weight_shape", weight_shape)
        self._activation_shape = integer_shape("activation_shape", activation_shape)
        self._accumulator_shape = integer_shape("accumulator_shape", accumulator_shape)
        self._multiplier = checked_multiplier(
            multiplier, weight_shape=self._weight_shape, activation_shape=self._activation_shape
        )
        psums = data.ArrayLayout(self._accumulator_shape, cols)
        super().__init__(
            {
                "activations": In(data.ArrayLayout(self._activation_shape, pe_rows)),
                "swap": In(1),
                "loads": In(pe_rows),
                "weights": In(data.ArrayLayout(data.ArrayLayout(self._weight_shape, cols), pe_rows)),
                "psums_in": In(psums),
                "psums_out": Out(psums),
            }
        )

    @property
    def cols(self) -> int:
        """Columns of the array."""
        return self._cols

    @property
    def pe_rows(self) -> int:
        """Rows of a PE."""
        return self._pe_rows

    @property
    def pe_cols(self) -> int:
        """Columns of a PE."""
        return self._pe_cols

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
        """Format of a partial sum."""
        return self._accumulator_shape

    @property
    def multiplier(self) -> Multiplier | SplitMultiplier:
        """What products are made of."""
        return self._multiplier

    @property
    def latency(self) -> int:
        """Cycles from activations to PE 0's partial sums."""
        return row_latency(self._pe_rows, self._multiplier)

    def elaborate(self, platform: object) -> Module:
        """Build what travels to the right, then each column's weights and products."""
        m = Module()
        pes = self._cols // self._pe_cols

        # A PE's operand register is also the one through which activations reach the next PE.
        operands = Signal(data.ArrayLayout(self.activations.shape(), pes), reset_less=True)
        swapped = Signal(pes - 1)
        loaded = Signal(data.ArrayLayout(self._pe_rows, pes - 1))
        swaps = Cat(self.swap, swapped)
        loads = Cat(self.loads, loaded)
        m.d.sync += [
            operands.as_value().eq(Cat(self.activations, operands)),
            swapped.eq(swaps),
            loaded.as_value().eq(loads),
        ]

        weights = data.ArrayLayout(data.ArrayLayout(self._weight_shape, self._pe_rows), self._cols)
        shadow = Signal(weights, reset_less=True)
        active = Signal(weights, reset_less=True)
        for pe in range(pes):
            columns = range(pe * self._pe_cols, (pe + 1) * self._pe_cols)
            for row in range(self._pe_rows):
                with m.If(loads[pe * self._pe_rows + row]):
                    m.d.sync += [shadow[col][row].eq(self.weights[row][col]) for col in columns]
            with m.If(swaps[pe]):
                m.d.sync += [active[col].eq(shadow[col]) for col in columns]
            dot_products = add_repeated(
                m,
                f"pe_{pe}",
                platform,
                DotProducts,
                columns=self._pe_cols,
                length=self._pe_rows,
                weight_shape=self._weight_shape,
                activation_shape=self._activation_shape,
                multiplier=self._multiplier,
            )
            m.d.comb += dot_products.activations.eq(operands[pe])
            for place, col in enumerate(columns):
                psum = Signal(self._accumulator_shape, name=f"psum_{col}", reset_less=True)
                m.d.sync += psum.eq(self.psums_in[col] + dot_products.sums[place])
                m.d.comb += [
                    dot_products.weights[place].eq(active[col]),
                    self.psums_out[col].eq(psum),
                ]
        return m
