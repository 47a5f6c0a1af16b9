"""Makes short events long enough to be seen."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.parameter import positive_integer


class Stretch(wiring.Component):
    """A light that stays on for a while after each event.

    Parameters
    ----------
    cycles : int
        How long, in clock cycles.

    Members
    -------
    pulse : In(1)
        Something happens in this cycle.
    light : Out(1)
        High from 1 cycle after an event until ``cycles`` cycles have passed without another.

    Raises
    ------
    TypeError
        If ``cycles`` is not an integer.
    ValueError
        If ``cycles`` is not positive.
    """

    pulse: In(1)
    light: Out(1)

    def __init__(self, *, cycles: int) -> None:
        self._cycles = positive_integer("cycles", cycles)
        super().__init__()

    @property
    def cycles(self) -> int:
        """How long, in clock cycles."""
        return self._cycles

    def elaborate(self, platform: object) -> Module:
        """Build the counter."""
        m = Module()
        left = Signal(range(self._cycles + 1))
        m.d.comb += self.light.eq(left != 0)
        with m.If(self.pulse):
            m.d.sync += left.eq(self._cycles)
        with m.Elif(self.light):
            m.d.sync += left.eq(left - 1)
        return m
