"""Which lanes of an activation vector lie inside the image."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.parameter import positive_integer

#: Most bits of a row index: start_y plus the largest kernel and image offsets.
ROW_BITS = 18
#: Most bits of a byte's column: as wide as ``start_x``, which it starts from.
COLUMN_BITS = 26


class LaneRange(wiring.Component):
    """Finds the lanes ``first <= i < end`` that read the image; the others are padding. Combinational.

    A row's bytes are contiguous, so two clamps suffice: lane i holds byte ``column + i`` of its row, which
    exists if it is at least 0 and below ``row_bytes``.

    Parameters
    ----------
    rows : int
        Lanes of a vector.
    coordinate_bits : int
        Bits of a row and a column; there are at most ``ROW_BITS`` and ``COLUMN_BITS``.

    Members
    -------
    row : In(signed(row bits))
        Input row; outside ``0 .. height - 1``, no lane exists.
    height : In(row bits - 1)
        Rows of the input.
    column : In(signed(column bits))
        Byte of the row that lane 0 holds.
    row_bytes : In(column bits - 1)
        Bytes of an input row.
    first, end : Out(range(rows + 1))
        The lanes that exist; none if ``first >= end``.

    Raises
    ------
    TypeError
        If a parameter is not an integer.
    ValueError
        If a parameter is not positive.
    """

    def __init__(self, *, rows: int, coordinate_bits: int = COLUMN_BITS) -> None:
        self._rows = positive_integer("rows", rows)
        self._coordinate_bits = positive_integer("coordinate_bits", coordinate_bits)
        row_bits, column_bits = min(coordinate_bits, ROW_BITS), min(coordinate_bits, COLUMN_BITS)
        super().__init__(
            {
                "row": In(signed(row_bits)),
                "height": In(row_bits - 1),
                "column": In(signed(column_bits)),
                "row_bytes": In(column_bits - 1),
                "first": Out(range(rows + 1)),
                "end": Out(range(rows + 1)),
            }
        )

    @property
    def rows(self) -> int:
        """Lanes of a vector."""
        return self._rows

    @property
    def coordinate_bits(self) -> int:
        """Bits of a row and a column."""
        return self._coordinate_bits

    def elaborate(self, platform: object) -> Module:
        """Build both clamps."""
        m = Module()
        exists = (self.row >= 0) & (self.row < self.height)
        first = Signal(signed(len(self.column) + 1))
        end = Signal(signed(len(self.column) + 1))
        m.d.comb += [first.eq(-self.column), end.eq(self.row_bytes - self.column)]
        with m.If(first > 0):
            m.d.comb += self.first.eq(Mux(first < self._rows, first, self._rows))
        with m.If(exists & (end > 0)):
            m.d.comb += self.end.eq(Mux(end < self._rows, end, self._rows))
        return m
