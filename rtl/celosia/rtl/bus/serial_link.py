"""A host on a serial line in place of the host port."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out, connect, flipped

from celosia.rtl.bus.baud import check_rates
from celosia.rtl.bus.host import HostSignature
from celosia.rtl.bus.packet import QUEUE_BYTES
from celosia.rtl.bus.packet_link import PacketLink
from celosia.rtl.bus.uart_receiver import UartReceiver
from celosia.rtl.bus.uart_transmitter import UartTransmitter
from celosia.rtl.config import AcceleratorConfig


class SerialLink(wiring.Component):
    """Executes the packets of ``docs/link.md`` that come over a UART, and answers over it.

    A host may send further requests before it has seen the response to the first: ``QUEUE_BYTES`` bytes wait here.

    Parameters
    ----------
    config : AcceleratorConfig
        The machine behind the host port.
    clock_hz, baud_rate : int
        See :class:`~celosia.rtl.bus.baud.BaudTicker`.

    Members
    -------
    rx : In(1)
        From the host, asynchronous.
    tx : Out(1)
        To the host.
    host : Out(HostSignature)
        To the accelerator.
    running : In(1)
        A program runs.
    reset : Out(1)
        High for one cycle: reset the accelerator.
    active : Out(1)
        High for one cycle for each byte received.
    rejected : Out(1)
        High for one cycle for each packet that is refused.

    Raises
    ------
    TypeError
        If ``config`` is not an :class:`AcceleratorConfig`, or a rate is not an integer.
    ValueError
        As :class:`~celosia.rtl.bus.baud.BaudTicker` does.
    """

    def __init__(self, config: AcceleratorConfig, *, clock_hz: int, baud_rate: int) -> None:
        if not isinstance(config, AcceleratorConfig):
            raise TypeError(f"config must be an AcceleratorConfig, not {config!r}")
        check_rates(clock_hz, baud_rate)
        self._config = config
        self._clock_hz = clock_hz
        self._baud_rate = baud_rate
        super().__init__(
            {
                "rx": In(1, init=1),
                "tx": Out(1, init=1),
                "host": Out(HostSignature(config.bus_width)),
                "running": In(1),
                "reset": Out(1),
                "active": Out(1),
                "rejected": Out(1),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """The machine behind the host port."""
        return self._config

    @property
    def clock_hz(self) -> int:
        """Clock, in hertz."""
        return self._clock_hz

    @property
    def baud_rate(self) -> int:
        """Bits a second on the line."""
        return self._baud_rate

    def elaborate(self, platform: object) -> Module:
        """Join line, queue and packets."""
        m = Module()
        m.submodules.receiver = receiver = UartReceiver(clock_hz=self._clock_hz, baud_rate=self._baud_rate)
        m.submodules.queue = queue = SyncFIFOBuffered(width=8, depth=QUEUE_BYTES)
        m.submodules.link = link = PacketLink(self._config)
        m.submodules.transmitter = transmitter = UartTransmitter(
            clock_hz=self._clock_hz, baud_rate=self._baud_rate
        )
        m.d.comb += [
            receiver.line.eq(self.rx),
            # A byte that finds the queue full is lost, and its packet with it: the host repeats that.
            queue.w_data.eq(receiver.data),
            queue.w_en.eq(receiver.valid),
            link.running.eq(self.running),
            self.tx.eq(transmitter.line),
            self.reset.eq(link.reset),
            self.active.eq(receiver.valid),
            self.rejected.eq(link.rejected),
        ]
        connect(m, queue.r_stream, link.requests)
        connect(m, link.responses, transmitter.bytes)
        connect(m, link.host, flipped(self.host))
        return m
