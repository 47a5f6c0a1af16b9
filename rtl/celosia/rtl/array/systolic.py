"""The weight-stationary systolic array."""

from amaranth.hdl import Cat, Const, Module, Shape, ShapeLike, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.array.row import ProcessingElementRow, row_latency
from celosia.rtl.array.skew import Skew
from celosia.rtl.mac.products import Multiplier, SplitMultiplier, checked_multiplier
from celosia.rtl.mac.shape import integer_shape
from celosia.rtl.parameter import positive_integer
from celosia.rtl.repeated import add_repeated


class SystolicArray(wiring.Component):
    """Multiply vectors of ``rows`` activations with a ``rows`` x ``cols`` tile of weights, one vector a cycle.

    The next tile loads while the present one works. A tile takes effect with the vector that has ``swap``, so
    tiles can follow each other every ``rows / weight_rows_per_cycle`` cycles without losing one. Nothing is
    broadcast: what enters at one edge moves on by one processing element (PE) a cycle, weights and their
    enables like the activations. A load and the vector that swaps are therefore two waves of the same speed,
    and their order at the inputs is their order in every PE.

    The array runs freely; a cycle without a vector is one with ``valid`` low. Sums wrap to the accumulator's
    width.

    Parameters
    ----------
    rows, cols : int
        Size of a tile.
    pe_rows, pe_cols : int
        Size of a PE, within which there are no registers for travelling; they must divide ``rows``, ``cols``.
    weight_rows_per_cycle : int
        Rows of weights that one load writes; must divide ``rows``.
    weight_shape, activation_shape, accumulator_shape : ShapeLike
        Integer formats of the operands and of the partial sums.
    multiplier : Multiplier or SplitMultiplier
        What products are made of.

    Members
    -------
    activations : In(ArrayLayout(activation_shape, rows))
        A vector.
    valid : In(1)
        There is a vector in this cycle.
    swap : In(1)
        Together with ``valid``: this vector and those after it use the weights loaded in earlier cycles; a
        load in this cycle is the next tile's.
    weights : In(ArrayLayout(ArrayLayout(weight_shape, cols), weight_rows_per_cycle))
        Rows of the next tile.
    load : In(1)
        Take ``weights`` as rows ``load_group * weight_rows_per_cycle`` and following.
    load_group : In(at least 1 bit)
        Below ``rows / weight_rows_per_cycle``.
    psums : Out(ArrayLayout(accumulator_shape, cols))
        The products' sums. Skewed on purpose: PE column j (columns ``j * pe_cols`` and following) gives its
        result ``latency + j`` cycles after the vector, because each column of accumulators has its own memory
        and can use a skewed address, which costs less than undoing the skew.
    psums_valid : Out(cols // pe_cols)
        For each PE column, whether ``psums`` holds a vector's result.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind, not positive, or does not divide what it must.
    """

    def __init__(
        self,
        *,
        rows: int,
        cols: int,
        pe_rows: int = 1,
        pe_cols: int = 1,
        weight_rows_per_cycle: int = 1,
        weight_shape: ShapeLike = signed(8),
        activation_shape: ShapeLike = signed(8),
        accumulator_shape: ShapeLike = signed(32),
        multiplier: Multiplier | SplitMultiplier = Multiplier.INFERRED,
    ) -> None:
        self._rows = positive_integer("rows", rows)
        self._cols = positive_integer("cols", cols)
        self._pe_rows = positive_integer("pe_rows", pe_rows)
        self._pe_cols = positive_integer("pe_cols", pe_cols)
        self._weight_rows_per_cycle = positive_integer("weight_rows_per_cycle", weight_rows_per_cycle)
        for name, part, whole_name, whole in (
            ("pe_rows", pe_rows, "rows", rows),
            ("pe_cols", pe_cols, "cols", cols),
            ("weight_rows_per_cycle", weight_rows_per_cycle, "rows", rows),
        ):
            if whole % part:
                raise ValueError(f"{name} must divide {whole_name} ({whole}), not {part!r}")
        self._weight_shape = integer_shape("weight_shape", weight_shape)
        self._activation_shape = integer_shape("activation_shape", activation_shape)
        self._accumulator_shape = integer_shape("accumulator_shape", accumulator_shape)
        self._multiplier = checked_multiplier(
            multiplier, weight_shape=self._weight_shape, activation_shape=self._activation_shape
        )
        super().__init__(
            {
                "activations": In(data.ArrayLayout(self._activation_shape, rows)),
                "valid": In(1),
                "swap": In(1),
                "weights": In(
                    data.ArrayLayout(data.ArrayLayout(self._weight_shape, cols), weight_rows_per_cycle)
                ),
                "load": In(1),
                "load_group": In(max(1, (rows // weight_rows_per_cycle - 1).bit_length())),
                "psums": Out(data.ArrayLayout(self._accumulator_shape, cols)),
                "psums_valid": Out(cols // pe_cols),
            }
        )

    @property
    def rows(self) -> int:
        """Rows of a tile."""
        return self._rows

    @property
    def cols(self) -> int:
        """Columns of a tile."""
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
    def weight_rows_per_cycle(self) -> int:
        """Rows of weights that one load writes."""
        return self._weight_rows_per_cycle

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
        """Cycles from a vector to the results of PE column 0; PE column j takes j more."""
        return self._rows // self._pe_rows - 1 + row_latency(self._pe_rows, self._multiplier)

    def elaborate(self, platform: object) -> Module:
        """Skew the inputs, chain the rows, and count a vector's way to the outputs."""
        m = Module()
        pe_columns = self._cols // self._pe_cols

        # Along the left edge, PE row p sees everything p cycles late.
        m.submodules.activation_skew = activation_skew = Skew(
            shape=self._pe_rows * self._activation_shape.width, lanes=self._rows // self._pe_rows
        )
        m.d.comb += activation_skew.input.eq(self.activations)
        control = {"swap": self.swap & self.valid, "load": self.load, "load_group": self.load_group}

        # Along the top edge, PE column q sees the weights q cycles late; the bus moves down with the wave.
        word_bits = self._weight_rows_per_cycle * self._pe_cols * self._weight_shape.width
        m.submodules.weight_skew = weight_skew = Skew(shape=word_bits, lanes=pe_columns)
        # Plain bits, because Amaranth gives each field of a register a name, and converts it: seconds for large arrays.
        word = self.weights.shape()
        bus = word(Signal(word.size, name="bus"))
        for pe in range(pe_columns):
            columns = range(pe * self._pe_cols, (pe + 1) * self._pe_cols)
            lane = [(row, col) for row in range(self._weight_rows_per_cycle) for col in columns]
            m.d.comb += [
                weight_skew.input[pe].eq(Cat(self.weights[row][col] for row, col in lane)),
                Cat(bus[row][col] for row, col in lane).eq(weight_skew.output[pe]),
            ]

        psums = Const(0, self._cols * self._accumulator_shape.width)
        for index in range(self._rows // self._pe_rows):
            if index:
                above, bus = bus, word(Signal(word.size, name=f"bus_{index}", reset_less=True))
                m.d.sync += bus.eq(above)
                for name, value in control.items():
                    control[name] = Signal.like(value, name=f"{name}_{index}")
                    m.d.sync += control[name].eq(value)
            row = add_repeated(
                m,
                f"row_{index}",
                platform,
                ProcessingElementRow,
                cols=self._cols,
                pe_rows=self._pe_rows,
                pe_cols=self._pe_cols,
                weight_shape=self._weight_shape,
                activation_shape=self._activation_shape,
                accumulator_shape=self._accumulator_shape,
                multiplier=self._multiplier,
            )
            m.d.comb += [
                row.activations.eq(activation_skew.output[index]),
                row.swap.eq(control["swap"]),
                row.psums_in.eq(psums),
            ]
            for i in range(self._pe_rows):
                group, of_word = divmod(index * self._pe_rows + i, self._weight_rows_per_cycle)
                m.d.comb += [
                    row.loads[i].eq(control["load"] & (control["load_group"] == group)),
                    row.weights[i].eq(bus[of_word]),
                ]
            psums = row.psums_out
        m.d.comb += self.psums.eq(psums)

        on_the_way = Signal(self.latency + pe_columns - 1)
        m.d.sync += on_the_way.eq(Cat(self.valid, on_the_way))
        m.d.comb += self.psums_valid.eq(on_the_way[self.latency - 1 :])
        return m
