"""Numbers bit by bit: which bit is next, and how the sums of bit planes add up."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.parameter import positive_integer


class BitPlanes(wiring.Component):
    """Counts the bits of one number after another down, from the highest to the lowest, one a step.

    Parameters
    ----------
    width : int
        Bits of the widest number; any positive number.

    Members
    -------
    bits : In(unsigned(bits of width))
        How many bits the present number has, 1 to ``width``; constant until its last one.
    step : In(1)
        The present bit is used in this cycle.
    position : Out(range(width))
        Which bit is the present one.
    first, last : Out(1)
        It is its number's highest, or its lowest.

    Raises
    ------
    TypeError, ValueError
        If ``width`` is not an integer, or not positive.
    """

    def __init__(self, *, width: int) -> None:
        self._width = positive_integer("width", width)
        super().__init__(
            {
                "bits": In(width.bit_length()),
                "step": In(1),
                "position": Out(range(max(2, width))),
                "first": Out(1),
                "last": Out(1),
            }
        )

    @property
    def width(self) -> int:
        """Bits of the widest number."""
        return self._width

    def elaborate(self, platform: object) -> Module:
        """A number's first bit follows from its width, the others from the bit before."""
        m = Module()
        begun = Signal()
        next_position = Signal.like(self.position)
        m.d.comb += [
            self.position.eq(Mux(begun, next_position, self.bits - 1)),
            self.first.eq(~begun),
            self.last.eq(self.position == 0),
        ]
        with m.If(self.step):
            m.d.sync += [begun.eq(~self.last), next_position.eq(self.position - 1)]
        return m


def with_plane(total: Value, plane: Value, *, first: Value, is_signed: bool) -> Value:
    """The sum of bit planes so far and the next lower plane; the ``first`` one is the sign's if ``is_signed``."""
    higher = Mux(first, 0, total << 1)
    return higher + (Mux(first, -plane, plane) if is_signed else plane)
