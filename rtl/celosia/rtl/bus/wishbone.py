"""The Wishbone bus, and its accesses as those of the host port."""

from amaranth.hdl import C, Cat, Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.bus.address_map import ADDRESS_BITS
from celosia.rtl.bus.host_access import AccessOutcome, AccessRequest, AccessResponse
from celosia.rtl.parameter import positive_integer


class WishboneSignature(wiring.Signature):
    """Wishbone B4, classic cycles, with ``err``, seen from the master.

    Parameters
    ----------
    address_width : int
        Bits of ``adr``, which counts words.
    data_width : int
        Bits of a word; ``sel`` has one for each byte.

    Members
    -------
    cyc, stb, we, adr, sel, dat_w : Out
        The access.
    ack, err, dat_r : In
        Its end.
    """

    def __init__(self, *, address_width: int, data_width: int) -> None:
        self._widths = (
            positive_integer("address_width", address_width),
            positive_integer("data_width", data_width),
        )
        super().__init__(
            {
                "cyc": Out(1),
                "stb": Out(1),
                "we": Out(1),
                "adr": Out(address_width),
                "sel": Out(data_width // 8),
                "dat_w": Out(data_width),
                "ack": In(1),
                "err": In(1),
                "dat_r": In(data_width),
            }
        )

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._widths == other._widths

    def __repr__(self) -> str:
        return f"WishboneSignature(address_width={self._widths[0]}, data_width={self._widths[1]})"


class WishboneBridge(wiring.Component):
    """Turns Wishbone accesses into accesses of the whole host address map. Adds no cycle.

    A master must not end a cycle before ``ack`` or ``err``.

    Parameters
    ----------
    bus_width : int
        Bits of the host port's bus word, and of the bus's.

    Members
    -------
    bus : In(WishboneSignature)
        The bus.
    request : Out(stream.Signature(AccessRequest(bus_width)))
        The access.
    response : In(stream.Signature(AccessResponse(bus_width)))
        Its end.
    """

    def __init__(self, *, bus_width: int) -> None:
        self._bus_width = bus_width
        self._word_bits = (bus_width // 8 - 1).bit_length()
        super().__init__(
            {
                "bus": In(
                    WishboneSignature(address_width=ADDRESS_BITS - self._word_bits, data_width=bus_width)
                ),
                "request": Out(stream.Signature(AccessRequest(bus_width))),
                "response": In(stream.Signature(AccessResponse(bus_width))),
            }
        )

    @property
    def bus_width(self) -> int:
        """Bits of the host port's bus word, and of the bus's."""
        return self._bus_width

    def elaborate(self, platform: object) -> Module:
        """Pass the access on, and its end back."""
        m = Module()
        bus, request, response = self.bus, self.request, self.response
        done = response.payload.outcome == AccessOutcome.DONE
        m.d.comb += [
            request.valid.eq(bus.cyc & bus.stb),
            request.payload.write.eq(bus.we),
            request.payload.address.eq(Cat(C(0, self._word_bits), bus.adr)),
            request.payload.strobe.eq(bus.sel),
            request.payload.data.eq(bus.dat_w),
            response.ready.eq(1),
            bus.ack.eq(response.valid & done),
            bus.err.eq(response.valid & ~done),
            bus.dat_r.eq(response.payload.data),
        ]
        return m
