"""A pipelined sum."""

from amaranth.hdl import Module, Shape, ShapeLike, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.shape import integer_shape
from celosia.rtl.parameter import positive_integer


class AdderTree(wiring.Component):
    """Add ``length`` terms up in levels of two-input adders, each followed by registers; exact.

    Parameters
    ----------
    length : int
        Number of terms; any positive number.
    term_shape : ShapeLike
        Integer format of a term.

    Members
    -------
    terms : In(ArrayLayout(term_shape, length))
        The terms.
    sum : Out(sum_shape)
        Their sum, ``latency`` = ceil(log2(length)) cycles later: a single term is its sum at once.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind, or not positive.
    """

    def __init__(self, *, length: int, term_shape: ShapeLike = signed(16)) -> None:
        self._length = positive_integer("length", length)
        self._term_shape = integer_shape("term_shape", term_shape)
        super().__init__(
            {"terms": In(data.ArrayLayout(self._term_shape, length)), "sum": Out(self.sum_shape)}
        )

    @property
    def length(self) -> int:
        """Number of terms."""
        return self._length

    @property
    def term_shape(self) -> Shape:
        """Format of a term."""
        return self._term_shape

    @property
    def sum_shape(self) -> Shape:
        """Format of the sum: one bit wider than a term for each level of the tree."""
        return Shape(self._term_shape.width + self.latency, self._term_shape.signed)

    @property
    def latency(self) -> int:
        """Cycles from the terms to their sum: levels of the tree."""
        return (self._length - 1).bit_length()

    def elaborate(self, platform: object) -> Module:
        """Build level by level; an odd term waits in a register."""
        m = Module()
        terms: list[Value] = list(self.terms)
        for level in range(self.latency):
            pairs = [left + right for left, right in zip(terms[::2], terms[1::2], strict=False)]
            sums = pairs + terms[2 * len(pairs) :]
            terms = [
                Signal(each.shape(), name=f"level{level}_{i}", reset_less=True) for i, each in enumerate(sums)
            ]
            m.d.sync += [register.eq(each) for register, each in zip(terms, sums, strict=True)]
        m.d.comb += self.sum.eq(terms[0])
        return m
