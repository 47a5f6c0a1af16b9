"""The receiving half of a serial line."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from celosia.rtl.bus.baud import BaudTicker, check_rates


class UartReceiver(wiring.Component):
    """Bytes from a line with one start bit, 8 data bits (low bit first), no parity and a stop bit.

    A byte whose stop bit is not high is dropped, and nothing is received until the line has been high again: a line
    that hangs low, as that of an unplugged cable may, gives no bytes.

    Parameters
    ----------
    clock_hz, baud_rate : int
        See :class:`~celosia.rtl.bus.baud.BaudTicker`.

    Members
    -------
    line : In(1)
        The line, asynchronous; idle high.
    data : Out(8)
        The byte, while ``valid`` is high.
    valid : Out(1)
        High for one cycle a byte, in the middle of its stop bit.

    Raises
    ------
    TypeError, ValueError
        As :class:`~celosia.rtl.bus.baud.BaudTicker` does.
    """

    line: In(1, init=1)
    data: Out(8)
    valid: Out(1)

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
        """Sample each bit in its middle."""
        m = Module()
        line = Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.line, line, init=1)
        m.submodules.ticker = ticker = BaudTicker(clock_hz=self._clock_hz, baud_rate=self._baud_rate)
        count = Signal(range(8))

        with m.FSM(init="RESTING"):
            with m.State("RESTING"):
                with m.If(line):
                    m.next = "IDLE"
            with m.State("IDLE"):
                m.d.comb += ticker.restart.eq(line)
                with m.If(~line):
                    m.next = "START"
            with m.State("START"):
                with m.If(ticker.tick):
                    m.d.sync += count.eq(0)
                    m.next = "DATA"
                    with m.If(line):
                        m.next = "IDLE"
            with m.State("DATA"):
                with m.If(ticker.tick):
                    m.d.sync += [self.data.eq(Cat(self.data[1:], line)), count.eq(count + 1)]
                    with m.If(count == 7):
                        m.next = "STOP"
            with m.State("STOP"):
                m.d.comb += ticker.restart.eq(ticker.tick)
                with m.If(ticker.tick):
                    m.next = "RESTING"
                    with m.If(line):
                        m.d.comb += self.valid.eq(1)
                        m.next = "IDLE"
        return m
