"""The board's one clock, and the reset that a design on it starts with."""

from amaranth.build import Platform
from amaranth.hdl import ClockDomain, ClockSignal, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import Out

#: Cycles of reset after the clock has become steady. The iCE40's block RAM reads as zeros for 3 us after
#: configuration; this is longer at any clock below 300 MHz.
RESET_CYCLES = 1024


class ClockAndReset(wiring.Component):
    """A PLL's clock, and a reset until that has run steadily for a while.

    The reset comes from a register, so that it ends everywhere in the same cycle.

    Parameters
    ----------
    pll : wiring.Component
        With outputs ``clock`` and ``locked``.

    Members
    -------
    clock : Out(1)
        The clock.
    reset : Out(1)
        High from configuration, and whenever the clock was lost, until 1024 steady cycles have passed.
    """

    clock: Out(1)
    reset: Out(1, init=1)

    def __init__(self, pll: wiring.Component) -> None:
        super().__init__()
        self._pll = pll

    def elaborate(self, platform: Platform) -> Module:
        """Count steady cycles."""
        m = Module()
        m.submodules.pll = pll = self._pll
        # What makes the reset has none itself.
        m.domains.waking = ClockDomain(reset_less=True, local=True)
        m.d.comb += [self.clock.eq(pll.clock), ClockSignal("waking").eq(pll.clock)]
        locked = Signal()
        m.submodules.synchronizer = FFSynchronizer(pll.locked, locked, o_domain="waking")
        cycles = Signal(range(RESET_CYCLES))
        with m.If(~locked):
            m.d.waking += [cycles.eq(0), self.reset.eq(1)]
        with m.Elif(cycles != RESET_CYCLES - 1):
            m.d.waking += cycles.eq(cycles + 1)
        with m.Else():
            m.d.waking += self.reset.eq(0)
        return m
