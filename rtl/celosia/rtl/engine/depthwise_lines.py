"""The line buffers of the DEPTHWISE engine."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.memory.ram import Ram
from celosia.rtl.parameter import positive_integer


class DepthwiseLines(wiring.Component):
    """Adds to each pixel those above it, from the rows streamed before.

    One memory, a word for each column of the streamed row: it holds the newest pixels of that column, and is read
    a cycle before the next one comes and replaces the oldest. With one row there is no memory.

    Parameters
    ----------
    rows : int
        Rows of the window.
    cols : int
        Lanes.
    line : int
        Pixels of the longest row.

    Members
    -------
    valid : In(1)
        In the next cycle there is a pixel.
    ends_row : In(1)
        It is its row's last.
    pixel : In(ArrayLayout(signed(8), cols))
        The pixel.
    columns : Out(ArrayLayout(ArrayLayout(signed(8), rows), cols))
        In the pixel's cycle: for each lane, the pixels of its column, the uppermost first, itself last.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not a positive integer.
    """

    def __init__(self, *, rows: int, cols: int, line: int) -> None:
        self._rows = positive_integer("rows", rows)
        self._cols = positive_integer("cols", cols)
        self._line = positive_integer("line", line)
        super().__init__(
            {
                "valid": In(1),
                "ends_row": In(1),
                "pixel": In(data.ArrayLayout(signed(8), cols)),
                "columns": Out(data.ArrayLayout(data.ArrayLayout(signed(8), rows), cols)),
            }
        )

    @property
    def rows(self) -> int:
        """Rows of the window."""
        return self._rows

    @property
    def cols(self) -> int:
        """Lanes."""
        return self._cols

    @property
    def line(self) -> int:
        """Pixels of the longest row."""
        return self._line

    def elaborate(self, platform: object) -> Module:
        """Build the memory and the count of columns."""
        m = Module()
        pixel = self.pixel.as_value()
        above = self._rows - 1
        newest_first = [pixel]
        if above:
            m.submodules.lines = lines = Ram(width=above * len(pixel), depth=self._line)
            column = Signal(range(self._line))
            with m.If(self.valid):
                m.d.sync += [
                    column.eq(Mux(self.ends_row, 0, column + 1)),
                    lines.write_address.eq(column),
                ]
            m.d.sync += lines.write_enable.eq(self.valid)
            newest_first += [lines.read_data.word_select(row, len(pixel)) for row in range(above)]
            m.d.comb += [
                lines.read_enable.eq(self.valid),
                lines.read_address.eq(column),
                lines.write_data.eq(Cat(newest_first[:above])),
            ]
        for lane in range(self._cols):
            for row, pixels in enumerate(reversed(newest_first)):
                m.d.comb += self.columns[lane][row].eq(pixels.word_select(lane, 8))
        return m
