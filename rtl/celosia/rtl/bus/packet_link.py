"""Packets in, host port, packets out: the serial link without its line."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from celosia.rtl.bus.host import HostSignature
from celosia.rtl.bus.link_executor import LinkExecutor
from celosia.rtl.bus.packet_receiver import PacketReceiver
from celosia.rtl.bus.packet_sender import PacketSender
from celosia.rtl.config import AcceleratorConfig


class PacketLink(wiring.Component):
    """Executes the packets of ``docs/link.md`` that a stream of bytes brings, and answers in another one.

    Any carrier of bytes will do: a UART, a USB FIFO. One packet is worked on at a time; meanwhile no bytes are taken.
    The last byte of an answer, and its CRC, may still wait for the carrier when the next packet is worked on.

    Parameters
    ----------
    config : AcceleratorConfig
        The machine behind the host port.

    Members
    -------
    requests : In(stream.Signature(8))
        From the host, a byte a cycle at most.
    responses : Out(stream.Signature(8))
        To the host.
    host : Out(HostSignature)
        To the accelerator.
    running : In(1)
        A program runs.
    reset : Out(1)
        High for one cycle: reset the accelerator.
    rejected : Out(1)
        High for one cycle for each packet that is refused.

    Raises
    ------
    TypeError
        If ``config`` is not an :class:`AcceleratorConfig`.
    """

    def __init__(self, config: AcceleratorConfig) -> None:
        if not isinstance(config, AcceleratorConfig):
            raise TypeError(f"config must be an AcceleratorConfig, not {config!r}")
        self._config = config
        super().__init__(
            {
                "requests": In(stream.Signature(8)),
                "responses": Out(stream.Signature(8)),
                "host": Out(HostSignature(config.bus_width)),
                "running": In(1),
                "reset": Out(1),
                "rejected": Out(1),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """The machine behind the host port."""
        return self._config

    def elaborate(self, platform: object) -> Module:
        """Join receiver, executor and sender, with a register: that a byte is taken is known late in a cycle."""
        m = Module()
        m.submodules.receiver = receiver = PacketReceiver()
        m.submodules.executor = executor = LinkExecutor(self._config)
        m.submodules.sender = sender = PacketSender()
        connect(m, flipped(self.requests), receiver.bytes)
        connect(m, receiver.packet, executor.packet)
        connect(m, sender.bytes, flipped(self.responses))
        connect(m, executor.host, flipped(self.host))
        content = sender.content
        m.d.comb += executor.response.ready.eq(~content.valid)
        with m.If(~content.valid):
            m.d.sync += [
                content.valid.eq(executor.response.valid),
                content.payload.eq(executor.response.payload),
            ]
        with m.Elif(content.ready):
            m.d.sync += content.valid.eq(0)
        m.d.comb += [
            executor.data.eq(receiver.data),
            receiver.data_address.eq(executor.data_address),
            executor.running.eq(self.running),
            self.reset.eq(executor.reset),
            self.rejected.eq(executor.rejected),
        ]
        return m
