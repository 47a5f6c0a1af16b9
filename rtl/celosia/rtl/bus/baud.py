"""A tick at a fraction of the clock, for the bits of a serial line."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.parameter import positive_integer

#: Clock cycles that a bit must last at least, so that its middle can be told from its edges.
MINIMUM_CYCLES = 4

PHASE_BITS = 24

#: What a board uses unless it cannot: USB converters of all kinds know it, and a round trip costs more than the bits.
DEFAULT_BAUD_RATE = 1_000_000


def check_rates(clock_hz: int, baud_rate: int) -> None:
    """Raise ``TypeError`` or ``ValueError`` unless a line of ``baud_rate`` can be driven at ``clock_hz``."""
    positive_integer("clock_hz", clock_hz)
    positive_integer("baud_rate", baud_rate)
    if baud_rate * MINIMUM_CYCLES > clock_hz:
        raise ValueError(
            f"baud_rate must be at most {clock_hz // MINIMUM_CYCLES} (clock_hz / {MINIMUM_CYCLES}),"
            f" not {baud_rate!r}"
        )


class BaudTicker(wiring.Component):
    """Ticks ``baud_rate`` times a second, to a cycle; the fraction of a cycle left over is carried on.

    A phase accumulator: any ratio of clock and line works, at an error below 1 in 10,000.

    Parameters
    ----------
    clock_hz : int
        Clock, in hertz.
    baud_rate : int
        Bits a second on the line; at most a quarter of the clock.

    Members
    -------
    restart : In(1)
        Begin anew: the next tick comes half a bit later, and then one every bit.
    tick : Out(1)
        High for one cycle a bit.

    Raises
    ------
    TypeError
        If a parameter is not an integer.
    ValueError
        If a parameter is not positive, or the line is too fast for the clock.
    """

    restart: In(1)
    tick: Out(1)

    def __init__(self, *, clock_hz: int, baud_rate: int) -> None:
        check_rates(clock_hz, baud_rate)
        self._clock_hz = clock_hz
        self._baud_rate = baud_rate
        super().__init__()

    @property
    def clock_hz(self) -> int:
        """Clock, in hertz."""
        return self._clock_hz

    @property
    def baud_rate(self) -> int:
        """Bits a second on the line."""
        return self._baud_rate

    def elaborate(self, platform: object) -> Module:
        """Build the phase accumulator, whose carry is the tick."""
        m = Module()
        step = ((self._baud_rate << PHASE_BITS) + self._clock_hz // 2) // self._clock_hz
        phase = Signal(PHASE_BITS)
        with m.If(self.restart):
            m.d.sync += [phase.eq(1 << (PHASE_BITS - 1)), self.tick.eq(0)]
        with m.Else():
            m.d.sync += Cat(phase, self.tick).eq(phase + step)
        return m
