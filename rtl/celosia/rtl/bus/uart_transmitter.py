"""The sending half of a serial line."""

from amaranth.hdl import C, Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.bus.baud import BaudTicker, check_rates

#: A start bit, 8 data bits, a stop bit.
FRAME_BITS = 10


class UartTransmitter(wiring.Component):
    """Sends bytes over a line: one start bit, 8 data bits (low bit first), no parity, one stop bit.

    Parameters
    ----------
    clock_hz, baud_rate : int
        See :class:`~celosia.rtl.bus.baud.BaudTicker`.

    Members
    -------
    bytes : In(stream.Signature(8))
        What to send; a byte is taken every ten bits.
    line : Out(1)
        The line, idle high.

    Raises
    ------
    TypeError, ValueError
        As :class:`~celosia.rtl.bus.baud.BaudTicker` does.
    """

    bytes: In(stream.Signature(8))
    line: Out(1, init=1)

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
        """Shift a frame out, one bit a tick; the ticks run on, so bytes follow each other without a gap."""
        m = Module()
        m.submodules.ticker = ticker = BaudTicker(clock_hz=self._clock_hz, baud_rate=self._baud_rate)
        frame = Signal(FRAME_BITS - 1, init=(1 << (FRAME_BITS - 1)) - 1)
        left = Signal(range(FRAME_BITS + 1))

        with m.If(ticker.tick):
            m.d.sync += Cat(self.line, frame).eq(Cat(frame, 1))
            with m.If(left != 0):
                m.d.sync += left.eq(left - 1)
        m.d.comb += self.bytes.ready.eq((left == 0) | (ticker.tick & (left == 1)))
        with m.If(self.bytes.ready & self.bytes.valid):
            m.d.sync += [frame.eq(Cat(C(0, 1), self.bytes.payload)), left.eq(FRAME_BITS)]
        return m
