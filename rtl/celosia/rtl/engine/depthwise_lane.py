"""A lane of the DEPTHWISE engine: one channel's window, weights and multipliers."""

from amaranth.hdl import EnableInserter, Module, Shape, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.engine.depthwise_streamer import WINDOW_COLUMNS
from celosia.rtl.mac.dot_product import DotProduct, dot_product_latency
from celosia.rtl.parameter import positive_integer
from celosia.rtl.repeated import Unshared


def lane_latency(taps: int) -> int:
    """Cycles from a window's last column to its sum: the window, then products and adder tree."""
    return 1 + dot_product_latency(taps)


class DepthwiseLane(wiring.Component):
    """Slides a window over columns of pixels and multiplies it with weights, a column a cycle.

    Parameters
    ----------
    rows : int
        Rows of the window; it has 3 columns.
    weight_rows_per_cycle : int
        Weights that come together.

    Members
    -------
    loads : In(rows * 3)
        Taps whose next weight is in ``weights``: tap t's is number ``t % weight_rows_per_cycle``.
    weights : In(ArrayLayout(signed(8), weight_rows_per_cycle))
        Weights to load into the shadow.
    swap : In(1)
        The shadow's weights are used from the next cycle on.
    shift : In(1)
        ``column`` enters the window.
    active : In(1)
        Products and sums are computed: necessary in the ``latency - 1`` cycles after ``shift``.
    column : In(ArrayLayout(signed(8), rows))
        The pixels of a column, the uppermost first.
    sum : Out(sum_shape)
        ``latency`` cycles after the window's last column: sum of its pixels times the weights, tap ``3 * row +
        column``. They are the weights active in the cycle after that column.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not a positive integer.
    """

    def __init__(self, *, rows: int, weight_rows_per_cycle: int) -> None:
        self._rows = positive_integer("rows", rows)
        self._weight_rows_per_cycle = positive_integer("weight_rows_per_cycle", weight_rows_per_cycle)
        super().__init__(
            {
                "loads": In(self.taps),
                "weights": In(data.ArrayLayout(signed(8), weight_rows_per_cycle)),
                "swap": In(1),
                "shift": In(1),
                "active": In(1),
                "column": In(data.ArrayLayout(signed(8), rows)),
                "sum": Out(self.sum_shape),
            }
        )

    @property
    def rows(self) -> int:
        """Rows of the window."""
        return self._rows

    @property
    def weight_rows_per_cycle(self) -> int:
        """Weights that come together."""
        return self._weight_rows_per_cycle

    @property
    def taps(self) -> int:
        """Multipliers."""
        return self._rows * WINDOW_COLUMNS

    @property
    def sum_shape(self) -> Shape:
        """Format of the sum: exact, with a product's bits and one for each level of the adder tree."""
        return signed(16 + (self.taps - 1).bit_length())

    @property
    def latency(self) -> int:
        """Cycles from a window's last column to its sum."""
        return lane_latency(self.taps)

    def elaborate(self, platform: object) -> Module:
        """Build the registers of weights and window around the multipliers."""
        m = Module()
        products = DotProduct(length=self.taps)
        m.submodules.products = EnableInserter(self.active)(Unshared(products))
        taps = data.ArrayLayout(signed(8), self.taps)
        shadow, active, window = (
            Signal(taps, name=name, reset_less=True) for name in ("shadow", "active", "window")
        )
        for tap in range(self.taps):
            with m.If(self.loads[tap]):
                m.d.sync += shadow[tap].eq(self.weights[tap % self._weight_rows_per_cycle])
        with m.If(self.swap):
            m.d.sync += active.eq(shadow)
        with m.If(self.shift):
            for row in range(self._rows):
                first, last = row * WINDOW_COLUMNS, row * WINDOW_COLUMNS + WINDOW_COLUMNS - 1
                m.d.sync += [window[tap].eq(window[tap + 1]) for tap in range(first, last)]
                m.d.sync += window[last].eq(self.column[row])
        m.d.comb += [
            products.weights.eq(active),
            products.activations.eq(window),
            self.sum.eq(products.sum),
        ]
        return m
