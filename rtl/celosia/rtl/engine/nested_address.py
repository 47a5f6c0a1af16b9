"""The address of a loop nest, without multipliers."""

from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.parameter import positive_integer


class NestedAddress(wiring.Component):
    """``start + sum of index[i] * steps[i]`` over a nest of loops, kept up to date by an adder a loop.

    Each loop has a register with the address at which its present iteration began. When a loop goes on, its
    step is added to its own register, and the loops inside it begin there. The sums wait neither for which loop
    goes on, which is known late in a cycle, nor for ``advance``, which is known later still. (One adder behind a choice
    of registers and steps would take as much logic.)

    Parameters
    ----------
    width : int
        Bits of the address; arithmetic wraps at them.
    levels : int
        Loops of the nest.

    Members
    -------
    load : In(1)
        With ``advance``: begin a nest at ``start`` in the next cycle, instead of going on.
    start : In(width)
        Address of the first iteration.
    steps : In(ArrayLayout(width, levels))
        From one iteration to the next, innermost loop first.
    turn : In(levels)
        At most one bit: the loop that would go to its next iteration, which restarts those inside it.
    advance : In(1)
        It does. May come later in a cycle than all else.
    address : Out(width)
        The present address.

    Raises
    ------
    TypeError
        If a parameter is not an integer.
    ValueError
        If a parameter is not positive.
    """

    def __init__(self, *, width: int, levels: int) -> None:
        self._width = positive_integer("width", width)
        self._levels = positive_integer("levels", levels)
        super().__init__(
            {
                "load": In(1),
                "start": In(width),
                "steps": In(data.ArrayLayout(width, levels)),
                "turn": In(levels),
                "advance": In(1),
                "address": Out(width),
            }
        )

    @property
    def width(self) -> int:
        """Bits of the address."""
        return self._width

    @property
    def levels(self) -> int:
        """Loops of the nest."""
        return self._levels

    def elaborate(self, platform: object) -> Module:
        """Build a register and an adder per loop."""
        m = Module()
        begun = [Signal(self._width, name=f"begun_{level}") for level in range(self._levels)]
        turned: Value = Const(0, self._width)
        following = Signal(self._width)
        for level, register in enumerate(begun):
            turned |= Mux(self.turn[level], (register + self.steps[level])[: self._width], 0)
            with m.If(self.advance & (self.load | self.turn[level:].any())):
                m.d.sync += register.eq(following)
        m.d.comb += [following.eq(Mux(self.load, self.start, turned)), self.address.eq(begun[0])]
        return m
