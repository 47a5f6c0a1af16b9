"""Rows of filter taps stay, rows of the image slide past them."""

from itertools import pairwise
from typing import Any, Unpack

from amaranth.hdl import EnableInserter, Module, Mux, Signal
from amaranth.lib import data

from celosia.rtl.array.array_mac import LENGTH_BITS
from celosia.rtl.array.product_array import ArrayFormats, ProductArray
from celosia.rtl.mac.dot_product import DotProduct, dot_product_latency
from celosia.rtl.memory.buffet import Buffet
from celosia.rtl.memory.double_buffer import DoubleBuffer
from celosia.rtl.parameter import positive_integer
from celosia.rtl.repeated import Unshared


class RowStationaryArray(ProductArray):
    """One-dimensional convolutions of ``rows`` filter rows with ``cols`` output rows' image rows, added up.

    Eyeriss's processing-element set as a primitive. PE (i, j) keeps filter row i, slides it along image row
    ``i + j * row_stride``, and takes ``taps`` cycles for an output; the sums of a column add up vertically to one
    element of output row j. So a weight is read once for a whole row of outputs, an image row once for all filter
    rows that it meets here, and partial sums stay. A filter row over several channels is one row of
    ``taps = kernel_cols * channels`` over the image's bytes, which moves on by ``step = stride * channels``.

    The window of the image is a :class:`Buffet`, the filter a :class:`DoubleBuffer`: the next tile's filter loads
    while the present one works. While a result is valid and not taken, everything stands still. Sums wrap to the
    accumulator's width. Reset drops what is on its way.

    Parameters
    ----------
    rows, cols : int
        Filter rows, and output rows made at once; any positive numbers.
    taps, step : int
        Taps of a filter row, and by how many elements it moves on for each output.
    row_stride : int
        By how many image rows output rows are apart.
    weight_shape, activation_shape, accumulator_shape : ShapeLike
        Integer formats of operands and results.

    Members
    -------
    tiles : In(stream(unsigned(16)))
        Length of the next tile, at least 1: outputs of a row; taken with the last of them.
    weights : In(stream)
        Tap t of all ``rows`` filter rows; ``taps`` of these a tile.
    activations : In(stream)
        Element x of all ``image_rows`` rows; ``taps + (length - 1) * step`` of these a tile.
    results : Out(stream)
        Element x of ``cols`` output rows, ``latency`` cycles after the read of its last tap.

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
        taps: int,
        step: int,
        row_stride: int = 1,
        **formats: Unpack[ArrayFormats],
    ) -> None:
        self._taps = positive_integer("taps", taps)
        self._step = positive_integer("step", step)
        self._row_stride = positive_integer("row_stride", row_stride)
        positive_integer("rows", rows)
        positive_integer("cols", cols)
        super().__init__(
            rows=rows,
            cols=cols,
            activation_lanes=rows + (cols - 1) * row_stride,
            weight_lanes=rows,
            result_lanes=cols,
            **formats,
        )

    @property
    def taps(self) -> int:
        """Taps of a filter row."""
        return self._taps

    @property
    def step(self) -> int:
        """Elements by which a filter moves on for each output."""
        return self._step

    @property
    def row_stride(self) -> int:
        """Image rows between neighbouring output rows."""
        return self._row_stride

    @property
    def image_rows(self) -> int:
        """Image rows that all filter rows of all output rows see."""
        return self.rows + (self.cols - 1) * self._row_stride

    @property
    def latency(self) -> int:
        """Cycles from the read of an output's last tap to the output: memories, products, tree, sum."""
        return Buffet.latency + dot_product_latency(self.rows) + 1

    def _column(self) -> DotProduct:
        return DotProduct(
            length=self.rows, weight_shape=self.weight_shape, activation_shape=self.activation_shape
        )

    def elaborate(self, platform: object) -> Module:
        """Read a tap and its activations in every cycle; add up vertically, then over time."""
        m = Module()
        advance = Signal()
        m.d.comb += advance.eq(~self.results.valid | self.results.ready)
        m.submodules.window = window = Buffet(
            width=len(self.activations.payload.as_value()),
            depth=self._taps + self._step,
            updates=False,
        )
        m.submodules.filter = taps = DoubleBuffer(
            width=len(self.weights.payload.as_value()), depth=self._taps
        )
        self._fill(m, window, taps)
        read = self._read(m, advance, window, taps)

        # The tag of a read accompanies its data, then the sum over the column.
        latency = dot_product_latency(self.rows)
        tags = [Signal.like(read, name=f"tag_{delay}") for delay in range(latency + 1)]
        finished = Signal()
        with m.If(advance):
            m.d.sync += [later.eq(earlier) for earlier, later in pairwise([read, *tags])]
            m.d.sync += finished.eq(tags[-1].valid & tags[-1].last)
        m.d.comb += [
            window.data.ready.eq(advance),
            taps.data.ready.eq(advance),
            self.results.valid.eq(finished),
        ]
        weights = Signal(self.weights.payload.shape())
        activations = Signal(self.activations.payload.shape())
        m.d.comb += [
            weights.as_value().eq(taps.data.payload),
            activations.as_value().eq(window.data.payload),
        ]
        for col in range(self.cols):
            column = self._column()
            m.submodules[f"column_{col}"] = EnableInserter(advance)(Unshared(column))
            m.d.comb += column.weights.eq(weights)
            m.d.comb += [
                column.activations[row].eq(activations[row + col * self._row_stride])
                for row in range(self.rows)
            ]
            total = Signal(self.accumulator_shape, name=f"sum_{col}", reset_less=True)
            with m.If(advance & tags[-1].valid):
                m.d.sync += total.eq(Mux(tags[-1].first, 0, total) + column.sum)
            m.d.comb += self.results.payload[col].eq(total)
        return m

    def _fill(self, m: Module, window: Buffet, taps: DoubleBuffer) -> None:
        """Image elements enter the window; taps, in order, the filter."""
        tap = Signal(range(max(2, self._taps)))
        m.d.comb += [
            window.fill.valid.eq(self.activations.valid),
            window.fill.payload.eq(self.activations.payload),
            self.activations.ready.eq(window.fill.ready),
            taps.write.valid.eq(self.weights.valid),
            taps.write.payload.address.eq(tap),
            taps.write.payload.data.eq(self.weights.payload),
            taps.write.payload.last.eq(tap == self._taps - 1),
            self.weights.ready.eq(taps.write.ready),
        ]
        with m.If(self.weights.valid & self.weights.ready):
            m.d.sync += tap.eq(Mux(tap == self._taps - 1, 0, tap + 1))

    def _read(self, m: Module, advance: Signal, window: Buffet, taps: DoubleBuffer) -> Any:
        """Tap after tap, output after output; with an output's last tap, the window moves on."""
        read = Signal(data.StructLayout({"valid": 1, "first": 1, "last": 1}))
        tap = Signal(range(max(2, self._taps)))
        done = Signal(LENGTH_BITS)
        last_output = self.tiles.payload == done + 1
        ready = advance & self.tiles.valid & window.read.ready & taps.read.ready
        m.d.comb += [
            read.first.eq(tap == 0),
            read.last.eq(tap == self._taps - 1),
            read.valid.eq(ready & (~read.last | window.shrink.ready)),
            window.read.payload.offset.eq(tap),
            window.read.valid.eq(read.valid),
            window.shrink.payload.eq(Mux(last_output, self._taps, self._step)),
            window.shrink.valid.eq(read.last & ready),
            taps.read.payload.address.eq(tap),
            taps.read.payload.last.eq(read.last & last_output),
            taps.read.valid.eq(read.valid),
            self.tiles.ready.eq(read.valid & read.last & last_output),
        ]
        with m.If(read.valid):
            m.d.sync += tap.eq(Mux(read.last, 0, tap + 1))
            with m.If(read.last):
                m.d.sync += done.eq(Mux(last_output, 0, done + 1))
        return read
