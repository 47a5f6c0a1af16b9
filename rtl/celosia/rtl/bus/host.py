"""The host port of an accelerator and the decoder behind it."""

from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Module, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.bus.address_map import ADDRESS_BITS, REGION_BITS, Region
from celosia.rtl.bus.host_memory import BUS_WIDTHS, HostMemorySignature


class HostRequest(data.StructLayout):
    """One bus word to write, or the wish to read one.

    Members: ``write`` (1: write, 0: read), ``address`` (byte address, aligned to the bus word), ``data``.
    """

    def __init__(self, bus_width: int) -> None:
        super().__init__(
            {"write": unsigned(1), "address": unsigned(ADDRESS_BITS), "data": unsigned(bus_width)}
        )


class HostSignature(wiring.Signature):
    """Requests from a host and responses to it, seen from the host.

    Each read is answered by one response, in order; writes are not answered.

    Parameters
    ----------
    bus_width : int
        Bits of a bus word: 32 or 64.

    Members
    -------
    request : Out(stream)
        :class:`HostRequest`.
    response : In(stream)
        The bus word read.

    Raises
    ------
    ValueError
        If ``bus_width`` is neither 32 nor 64.
    """

    def __init__(self, bus_width: int) -> None:
        if bus_width not in BUS_WIDTHS:
            raise ValueError(f"bus_width must be 32 or 64, not {bus_width!r}")
        self._bus_width = bus_width
        super().__init__(
            {
                "request": Out(stream.Signature(HostRequest(bus_width))),
                "response": In(stream.Signature(bus_width)),
            }
        )

    @property
    def bus_width(self) -> int:
        """Bits of a bus word."""
        return self._bus_width

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._bus_width == other._bus_width

    def __repr__(self) -> str:
        return f"HostSignature({self._bus_width})"


class HostDecoder(wiring.Component):
    """Routes host requests to the region their address names.

    Registers answer at any time. A request to a memory waits until ``running`` is low, so a program never
    sees its memories change under it. Writes to, and reads from, a region that does not exist are accepted;
    the reads return zero. One read is in flight at a time: a read of a memory takes its latency plus 3 cycles.

    Parameters
    ----------
    bus_width : int
        Bits of a bus word: 32 or 64.

    Members
    -------
    host : In(HostSignature)
        The host.
    running : In(1)
        A program runs, and the memories belong to it.
    regions : Out(HostMemorySignature).array(len(Region))
        One port per region, in the order of :class:`Region`; the first is the registers'.
    """

    def __init__(self, *, bus_width: int) -> None:
        super().__init__(
            {
                "host": In(HostSignature(bus_width)),
                "running": In(1),
                "regions": Out(HostMemorySignature(bus_width)).array(len(Region)),
            }
        )

    @property
    def bus_width(self) -> int:
        """Bits of a bus word."""
        return self.host.signature.bus_width

    def elaborate(self, platform: object) -> Module:
        """Build the decoder and the response register."""
        m = Module()
        request, response = self.host.request, self.host.response
        number = request.payload.address[REGION_BITS:]
        is_registers = number == Region.REGISTERS
        accept = Signal()
        answered = Signal()
        answer = Signal(self.bus_width)

        # An access goes everywhere, and starts programs: from registers.
        address = Signal(REGION_BITS, reset_less=True)
        write_data = Signal(self.bus_width, reset_less=True)
        m.d.sync += [address.eq(request.payload.address[:REGION_BITS]), write_data.eq(request.payload.data)]
        for region, port in zip(Region, self.regions, strict=True):
            chosen = accept & (number == region)
            m.d.comb += [port.address.eq(address), port.write_data.eq(write_data)]
            m.d.sync += [
                port.write.eq(chosen & request.payload.write),
                port.read.eq(chosen & ~request.payload.write),
            ]

        m.d.comb += [
            answered.eq(Cat(port.read_valid for port in self.regions).any()),
            # All but one are zero.
            answer.eq(reduce(or_, (port.read_data for port in self.regions))),
        ]
        m.d.comb += request.ready.eq(accept)
        with m.FSM():
            with m.State("REQUEST"):
                # A register that is being written may start a program.
                reachable = is_registers | ~(self.running | self.regions[Region.REGISTERS].write)
                m.d.comb += accept.eq(request.valid & reachable)
                with m.If(accept & ~request.payload.write):
                    m.next = "READ"
                    with m.If(number >= len(Region)):
                        m.d.sync += response.payload.eq(0)
                        m.next = "RESPOND"
            with m.State("READ"):
                m.d.sync += response.payload.eq(answer)
                with m.If(answered):
                    m.next = "RESPOND"
            with m.State("RESPOND"):
                m.d.comb += response.valid.eq(1)
                with m.If(response.ready):
                    m.next = "REQUEST"
        return m
