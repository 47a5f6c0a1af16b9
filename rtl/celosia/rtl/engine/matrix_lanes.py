"""Which lanes of an activation vector lie inside the image."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.parameter import positive_integer

#: Bits of a row index: start_y plus the largest kernel and image offsets.
ROW_SHAPE = signed(18)
#: Bits of a byte's column: as wide as ``start_x``, which it starts from.
COLUMN_SHAPE = signed(26)


class LaneRange(wiring.Component):
    """Finds the lanes ``first <= i < end`` that read the image; the others are padding. Combinational.

    A row's bytes are contiguous, so two clamps suffice: lane i holds byte ``column + i`` of its row, which
    exists if it is at least 0 and below ``row_bytes``.

    Parameters
    ----------
    rows : int
        Lanes of a vector.

    Members
    -------
    row : In(signed(18))
        Input row; outside ``0 .. height - 1``, no lane exists.
    height : In(16)
        Rows of the input.
    column : In(signed(26))
        Byte of the row that lane 0 holds.
    row_bytes : In(24)
        Bytes of an input row.
    first, end : Out(range(rows + 1))
        The lanes that exist; none if ``first >= end``.

    Raises
    ------
    TypeError
        If ``rows`` is not an integer.
    ValueError
        If ``rows`` is not positive.
    """

    def __init__(self, *, rows: int) -> None:
        self._rows = positive_integer("rows", rows)
        super().__init__(
            {
                "row": In(ROW_SHAPE),
                "height": In(16),
                "column": In(COLUMN_SHAPE),
                "row_bytes": In(24),
                "first": Out(range(rows + 1)),
                "end": Out(range(rows + 1)),
            }
        )

    @property
    def rows(self) -> int:
        """Lanes of a vector."""
        return self._rows

    def elaborate(self, platform: object) -> Module:
        """Build both clamps."""
        m = Module()
        exists = (self.row >= 0) & (self.row < self.height)
        first = Signal(signed(COLUMN_SHAPE.width + 1))
        end = Signal(signed(COLUMN_SHAPE.width + 1))
        m.d.comb += [first.eq(-self.column), end.eq(self.row_bytes - self.column)]
        with m.If(first > 0):
            m.d.comb += self.first.eq(Mux(first < self._rows, first, self._rows))
        with m.If(exists & (end > 0)):
            m.d.comb += self.end.eq(Mux(end < self._rows, end, self._rows))
        return m
