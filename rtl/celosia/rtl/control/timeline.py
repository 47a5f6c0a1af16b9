"""The timeline: how many commands each engine has retired, and who waits for how many."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.command import TIMELINE_BITS, Engine, Header
from celosia.rtl.parameter import positive_integer

#: The counts of all engines, indexed by :class:`~celosia.rtl.command.Engine`.
TIMELINE_LAYOUT = data.ArrayLayout(TIMELINE_BITS, len(Engine))


class Timeline(wiring.Component):
    """Counts the retired commands of each engine.

    Counts wrap after ``2^bits`` commands: a program memory holds fewer.

    Parameters
    ----------
    bits : int
        Bits of a count, at most ``TIMELINE_BITS``; the others are 0.

    Members
    -------
    clear : In(1)
        Sets every count to zero; wins over ``retired``.
    retired : In(len(Engine))
        Pulses as the engines retire a command each.
    counts : Out(TIMELINE_LAYOUT)
        Commands retired since the last ``clear``, as of the previous cycle.

    Raises
    ------
    TypeError
        If ``bits`` is not an integer.
    ValueError
        If ``bits`` is not 1 to ``TIMELINE_BITS``.
    """

    clear: In(1)
    retired: In(len(Engine))
    counts: Out(TIMELINE_LAYOUT)

    def __init__(self, *, bits: int = TIMELINE_BITS) -> None:
        self._bits = _checked_bits(bits)
        super().__init__()

    @property
    def bits(self) -> int:
        """Bits of a count."""
        return self._bits

    def elaborate(self, platform: object) -> Module:
        """Build a counter an engine."""
        m = Module()
        for engine in Engine:
            count = Signal(self._bits, name=f"{engine.name.lower()}_count")
            m.d.comb += self.counts[engine].eq(count)
            with m.If(self.clear):
                m.d.sync += count.eq(0)
            with m.Elif(self.retired[engine]):
                m.d.sync += count.eq(count + 1)
        return m


class TimelineGate(wiring.Component):
    """Tells whether everything a command waits for has happened; combinational.

    Parameters
    ----------
    bits : int
        Bits of the timeline's counts; those above are not looked at.

    Members
    -------
    header : In(Header)
        The command's header.
    counts : In(TIMELINE_LAYOUT)
        Commands retired so far.
    passed : Out(1)
        Each engine has retired at least as many commands as the header waits for. Once high for a header,
        it stays high until the timeline is cleared.

    Raises
    ------
    TypeError, ValueError
        As :class:`Timeline` does.
    """

    header: In(Header)
    counts: In(TIMELINE_LAYOUT)
    passed: Out(1)

    def __init__(self, *, bits: int = TIMELINE_BITS) -> None:
        self._bits = _checked_bits(bits)
        super().__init__()

    @property
    def bits(self) -> int:
        """Bits of the timeline's counts."""
        return self._bits

    def elaborate(self, platform: object) -> Module:
        """Build a comparator an engine."""
        m = Module()
        happened = [count[: self._bits] for count in self.counts]
        m.d.comb += self.passed.eq(
            (happened[Engine.MATRIX] >= self.header.wait_matrix[: self._bits])
            & (happened[Engine.VECTOR] >= self.header.wait_vector[: self._bits])
            & (happened[Engine.DEPTHWISE] >= self.header.wait_depthwise[: self._bits])
        )
        return m


def _checked_bits(bits: int) -> int:
    if positive_integer("bits", bits) > TIMELINE_BITS:
        raise ValueError(f"bits must be at most {TIMELINE_BITS}, not {bits!r}")
    return bits
