"""What every bridge from a system bus does: one access at a time, checked, with any bytes of a word."""

from amaranth.hdl import C, Cat, Module, Mux, Signal, unsigned
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.bus.address_map import (
    ADDRESS_BITS,
    REGION_BITS,
    InterruptRegister,
    Region,
    region_bytes,
)
from celosia.rtl.bus.host import HostSignature
from celosia.rtl.config import AcceleratorConfig

#: The registers' part of the address map, interrupt registers included.
REGISTER_WINDOW_BITS = 12


class AccessOutcome(enum.Enum, shape=unsigned(2)):
    """How an access went; the values are AXI's responses."""

    DONE = 0
    REFUSED = 2
    """A memory while a program runs, a write to what can only be read, or to a part of a register."""
    NOTHING = 3
    """There is nothing at the address."""


class AccessRequest(data.StructLayout):
    """One bus word to write in part or whole, or to read.

    Members: ``write``, ``address`` (in the host address map; the bits within a bus word are ignored), ``data``,
    ``strobe`` (a bit for each byte to be written).
    """

    def __init__(self, bus_width: int) -> None:
        super().__init__({"write": 1, "address": ADDRESS_BITS, "data": bus_width, "strobe": bus_width // 8})


class AccessResponse(data.StructLayout):
    """Members: ``data`` (the bus word read), ``outcome``."""

    def __init__(self, bus_width: int) -> None:
        super().__init__({"data": bus_width, "outcome": AccessOutcome})


class HostAccess(wiring.Component):
    """Performs accesses through the host port, and has the interrupt.

    Each request gets one response. The host port writes whole words only: a word is read before a part of it is
    written. Memories are refused while a program runs, instead of stopping the system's bus until it has ended. A write
    takes 4 cycles, a read 4 and the memory's latency, a write in part both.

    Parameters
    ----------
    config : AcceleratorConfig
        The machine behind the host port.

    Members
    -------
    request : In(stream.Signature(AccessRequest(bus_width)))
        What to do.
    response : Out(stream.Signature(AccessResponse(bus_width)))
        How it went.
    host : Out(HostSignature(bus_width))
        To the accelerator.
    running : In(1)
        A program runs.
    interrupt : Out(1)
        High while an enabled interrupt is pending.

    Raises
    ------
    TypeError
        If ``config`` is not an :class:`AcceleratorConfig`.
    """

    def __init__(self, config: AcceleratorConfig) -> None:
        if not isinstance(config, AcceleratorConfig):
            raise TypeError(f"config must be an AcceleratorConfig, not {config!r}")
        self._config = config
        width = config.bus_width
        super().__init__(
            {
                "request": In(stream.Signature(AccessRequest(width))),
                "response": Out(stream.Signature(AccessResponse(width))),
                "host": Out(HostSignature(width)),
                "running": In(1),
                "interrupt": Out(1),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """The machine behind the host port."""
        return self._config

    def elaborate(self, platform: object) -> Module:
        """Build the sequence: look up, judge, read, write, respond."""
        m = Module()
        bus_bytes = self._config.bus_width // 8
        request, response = self.request.payload, self.response.payload
        bus_bits = bus_bytes.bit_length() - 1
        region = request.address[REGION_BITS:]
        offset = Cat(C(0, bus_bits), request.address[bus_bits:REGION_BITS])

        pending = Signal()
        enabled = Signal()
        was_running = Signal()
        m.d.sync += was_running.eq(self.running)
        m.d.comb += self.interrupt.eq(pending & enabled)
        with m.If(was_running & ~self.running):
            m.d.sync += pending.eq(1)

        # Registered when a request is looked up.
        is_inside = Signal()
        is_local = Signal()
        may_write = Signal()
        is_register = Signal()
        local = Signal(self._config.bus_width)
        is_whole = request.strobe.all()

        m.d.comb += [
            self.host.request.payload.address.eq(Cat(offset, region)),
            self.host.request.payload.data.eq(
                Cat(
                    Mux(
                        request.strobe[index],
                        request.data.word_select(index, 8),
                        response.data.word_select(index, 8),
                    )
                    for index in range(bus_bytes)
                )
            ),
        ]
        with m.FSM():
            with m.State("LOOK_UP"):
                m.d.sync += [
                    is_inside.eq(0),
                    may_write.eq(0),
                    is_register.eq(region == Region.REGISTERS),
                    is_local.eq(0),
                ]
                with m.Switch(region):
                    for known in Region:
                        with m.Case(known):
                            m.d.sync += [
                                is_inside.eq(offset < region_bytes(self._config, known)),
                                may_write.eq(known < Region.ACCUMULATORS),
                            ]
                for register, value in (
                    (InterruptRegister.PENDING, pending),
                    (InterruptRegister.ENABLE, enabled),
                ):
                    with m.If((region == Region.REGISTERS) & (offset == register)):
                        m.d.sync += [is_inside.eq(1), is_local.eq(1), local.eq(value)]
                with m.If(self.request.valid):
                    m.next = "JUDGE"
            with m.State("JUDGE"):
                m.d.sync += [response.outcome.eq(AccessOutcome.DONE), response.data.eq(0)]
                m.next = "RESPOND"
                with m.If(~is_inside):
                    m.d.sync += response.outcome.eq(AccessOutcome.NOTHING)
                with m.Elif(
                    (self.running & ~is_register)
                    | (request.write & ~may_write)
                    # What there is of a register lies in its low 4 bytes.
                    | (request.write & is_register & request.strobe[:4].any() & ~request.strobe[:4].all())
                ):
                    m.d.sync += response.outcome.eq(AccessOutcome.REFUSED)
                with m.Elif(is_local):
                    m.d.sync += response.data.eq(local)
                    with m.If(request.write & request.strobe[0]):
                        with m.If(request.address[3]):
                            m.d.sync += enabled.eq(request.data[0])
                        with m.Elif(request.data[0]):
                            m.d.sync += pending.eq(0)
                with m.Elif(~request.write):
                    m.next = "READ"
                with m.Elif(is_register & ~request.strobe[0]):
                    pass
                with m.Elif(is_register | is_whole):
                    m.next = "WRITE"
                with m.Elif(request.strobe.any()):
                    m.next = "READ"
            with m.State("READ"):
                m.d.comb += self.host.request.valid.eq(1)
                with m.If(self.host.request.ready):
                    m.next = "WORD"
            with m.State("WORD"):
                m.d.comb += self.host.response.ready.eq(1)
                with m.If(self.host.response.valid):
                    m.d.sync += response.data.eq(self.host.response.payload)
                    m.next = "RESPOND"
                    with m.If(request.write):
                        m.next = "WRITE"
            with m.State("WRITE"):
                m.d.comb += [self.host.request.valid.eq(1), self.host.request.payload.write.eq(1)]
                with m.If(self.host.request.ready):
                    m.next = "RESPOND"
            with m.State("RESPOND"):
                m.d.comb += self.response.valid.eq(1)
                with m.If(self.response.ready):
                    m.d.comb += self.request.ready.eq(1)
                    m.next = "LOOK_UP"
        return m
