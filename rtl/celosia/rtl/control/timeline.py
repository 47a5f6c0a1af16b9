"""The timeline: how many commands each engine has retired, and who waits for how many."""

from amaranth.hdl import Module
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.command import TIMELINE_BITS, Engine, Header

#: The counts of all engines, indexed by :class:`~celosia.rtl.command.Engine`.
TIMELINE_LAYOUT = data.ArrayLayout(TIMELINE_BITS, len(Engine))


class Timeline(wiring.Component):
    """Counts the retired commands of each engine.

    Counts wrap after 2^16 commands; a program has at most 65,535 commands an engine.

    Members
    -------
    clear : In(1)
        Sets every count to zero; wins over ``retired``.
    retired : In(len(Engine))
        Pulses as the engines retire a command each.
    counts : Out(TIMELINE_LAYOUT)
        Commands retired since the last ``clear``, as of the previous cycle.
    """

    clear: In(1)
    retired: In(len(Engine))
    counts: Out(TIMELINE_LAYOUT)

    def elaborate(self, platform: object) -> Module:
        """Build a counter an engine."""
        m = Module()
        for engine in Engine:
            with m.If(self.clear):
                m.d.sync += self.counts[engine].eq(0)
            with m.Elif(self.retired[engine]):
                m.d.sync += self.counts[engine].eq(self.counts[engine] + 1)
        return m


class TimelineGate(wiring.Component):
    """Tells whether everything a command waits for has happened; combinational.

    Members
    -------
    header : In(Header)
        The command's header.
    counts : In(TIMELINE_LAYOUT)
        Commands retired so far.
    passed : Out(1)
        Each engine has retired at least as many commands as the header waits for. Once high for a header,
        it stays high until the timeline is cleared.
    """

    header: In(Header)
    counts: In(TIMELINE_LAYOUT)
    passed: Out(1)

    def elaborate(self, platform: object) -> Module:
        """Build a comparator an engine."""
        m = Module()
        m.d.comb += self.passed.eq(
            (self.counts[Engine.MATRIX] >= self.header.wait_matrix)
            & (self.counts[Engine.VECTOR] >= self.header.wait_vector)
            & (self.counts[Engine.DEPTHWISE] >= self.header.wait_depthwise)
        )
        return m
