"""AXI4 bursts as accesses of the memories."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.bus.address_map import ADDRESS_BITS
from celosia.rtl.bus.axi import AxiSignature, Burst
from celosia.rtl.bus.host_access import AccessOutcome, AccessRequest, AccessResponse

BEAT_BITS = 8
LARGEST_BURST_BITS = 12
"""No burst crosses a boundary of 4 KiB."""


class AxiBridge(wiring.Component):
    """Turns one AXI4 transaction at a time into accesses, one for each beat.

    All bursts, sizes and strobes are supported; IDs come back. Reads and writes take turns when both wait. A write's
    response is that of its worst beat.

    Parameters
    ----------
    bus_width : int
        Bits of the host port's bus word, and of the bus's data.
    id_width : int
        Bits of a transaction's ID.

    Members
    -------
    axi : In(AxiSignature)
        The bus; addresses are those of the host address map.
    request : Out(stream.Signature(AccessRequest(bus_width)))
        The accesses.
    response : In(stream.Signature(AccessResponse(bus_width)))
        Their ends.
    """

    def __init__(self, *, bus_width: int, id_width: int) -> None:
        self._bus_width = bus_width
        self._id_width = id_width
        super().__init__(
            {
                "axi": In(AxiSignature(address_width=ADDRESS_BITS, data_width=bus_width, id_width=id_width)),
                "request": Out(stream.Signature(AccessRequest(bus_width))),
                "response": In(stream.Signature(AccessResponse(bus_width))),
            }
        )

    @property
    def bus_width(self) -> int:
        """Bits of the host port's bus word, and of the bus's data."""
        return self._bus_width

    @property
    def id_width(self) -> int:
        """Bits of a transaction's ID."""
        return self._id_width

    def elaborate(self, platform: object) -> Module:
        """Build the sequence: choose, a beat after the other, answer."""
        m = Module()
        axi, request = self.axi, self.request.payload
        outcome = self.response.payload.outcome
        write = Signal()
        number = Signal(self._id_width)
        address = Signal(ADDRESS_BITS)
        left = Signal(BEAT_BITS)
        length = Signal(BEAT_BITS)
        size = Signal(3)
        burst = Signal(Burst)
        worst = Signal(AccessOutcome)

        # The next beat's address, in a wrapping burst kept in its block. Only its word matters, so what follows an
        # unaligned first beat need not be aligned.
        step = Signal(8)
        following = Signal(LARGEST_BURST_BITS)
        changing = Signal(LARGEST_BURST_BITS)
        low = address[:LARGEST_BURST_BITS]
        m.d.comb += [
            step.eq(1 << size),
            following.eq(low + step),
            changing.eq(Mux(burst == Burst.WRAP, (((length + 1) << size) - 1)[:LARGEST_BURST_BITS], ~0)),
            request.write.eq(write),
            request.address.eq(address),
            request.data.eq(axi.wdata),
            request.strobe.eq(axi.wstrb),
            axi.bid.eq(number),
            axi.rid.eq(number),
            axi.bresp.eq(worst),
        ]

        def next_beat() -> None:
            m.d.sync += left.eq(left - 1)
            with m.If(burst != Burst.FIXED):
                m.d.sync += low.eq((following & changing) | (low & ~changing))

        with m.FSM():
            with m.State("CHOOSE"):
                with m.If(axi.awvalid & ~(axi.arvalid & write)):
                    m.d.comb += axi.awready.eq(1)
                    m.d.sync += [
                        Cat(write, number, address, left, size).eq(
                            Cat(1, axi.awid, axi.awaddr, axi.awlen, axi.awsize)
                        ),
                        length.eq(axi.awlen),
                        burst.eq(axi.awburst),
                        worst.eq(AccessOutcome.DONE),
                    ]
                    m.next = "WRITE"
                with m.Elif(axi.arvalid):
                    m.d.comb += axi.arready.eq(1)
                    m.d.sync += [
                        Cat(write, number, address, left, size).eq(
                            Cat(0, axi.arid, axi.araddr, axi.arlen, axi.arsize)
                        ),
                        length.eq(axi.arlen),
                        burst.eq(axi.arburst),
                    ]
                    m.next = "READ"
            with m.State("WRITE"):
                m.d.comb += [
                    self.request.valid.eq(axi.wvalid),
                    self.response.ready.eq(1),
                    axi.wready.eq(self.response.valid),
                ]
                with m.If(self.response.valid):
                    with m.If(outcome.as_value() > worst.as_value()):
                        m.d.sync += worst.eq(outcome)
                    next_beat()
                    with m.If(left == 0):
                        m.next = "ANSWER"
            with m.State("ANSWER"):
                m.d.comb += axi.bvalid.eq(1)
                with m.If(axi.bready):
                    m.next = "CHOOSE"
            with m.State("READ"):
                m.d.comb += [self.request.valid.eq(1), self.response.ready.eq(1)]
                with m.If(self.response.valid):
                    m.d.sync += [
                        axi.rdata.eq(self.response.payload.data),
                        axi.rresp.eq(outcome),
                        axi.rlast.eq(left == 0),
                    ]
                    m.next = "DATA"
            with m.State("DATA"):
                m.d.comb += axi.rvalid.eq(1)
                with m.If(axi.rready):
                    next_beat()
                    m.next = "READ"
                    with m.If(axi.rlast):
                        m.next = "CHOOSE"
        return m
