"""Makes short events long enough to be seen."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Stretch(wiring.Component):
    """A light that stays on for a while after each event; several share a counter for the while.

    Members
    -------
    pulse : In(1)
        Something happens in this cycle.
    slow : In(1)
        A bit of a counter.
    light : Out(1)
        High from 1 cycle after an event until ``slow`` has changed twice without another: between one and two
        of its half periods.
    """

    pulse: In(1)
    slow: In(1)
    light: Out(1)

    def elaborate(self, platform: object) -> Module:
        """Count changes."""
        m = Module()
        slow = Signal()
        fades = Signal()
        m.d.sync += slow.eq(self.slow)
        with m.If(self.pulse):
            m.d.sync += [self.light.eq(1), fades.eq(0)]
        with m.Elif(slow != self.slow):
            m.d.sync += [self.light.eq(self.light & ~fades), fades.eq(1)]
        return m
