"""AXI4-Lite accesses as accesses of the registers."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.bus.axi import AxiLiteSignature
from celosia.rtl.bus.host_access import REGISTER_WINDOW_BITS, AccessRequest, AccessResponse


class AxiLiteBridge(wiring.Component):
    """Turns one AXI4-Lite transaction at a time into an access of the register region.

    Reads and writes take turns when both wait. A register of a 64-bit host port is two words here, the upper one zero.

    Parameters
    ----------
    bus_width : int
        Bits of the host port's bus word.

    Members
    -------
    axi : In(AxiLiteSignature)
        The bus.
    request : Out(stream.Signature(AccessRequest(bus_width)))
        The access.
    response : In(stream.Signature(AccessResponse(bus_width)))
        Its end.
    """

    def __init__(self, *, bus_width: int) -> None:
        self._bus_width = bus_width
        super().__init__(
            {
                "axi": In(AxiLiteSignature(address_width=REGISTER_WINDOW_BITS)),
                "request": Out(stream.Signature(AccessRequest(bus_width))),
                "response": In(stream.Signature(AccessResponse(bus_width))),
            }
        )

    @property
    def bus_width(self) -> int:
        """Bits of the host port's bus word."""
        return self._bus_width

    def elaborate(self, platform: object) -> Module:
        """Build the sequence: choose, ask, answer."""
        m = Module()
        axi, request = self.axi, self.request.payload
        wrote_last = Signal()
        wants_write = axi.awvalid & axi.wvalid
        strobe = Signal(4)
        word = Signal(32)
        half = Signal()
        m.d.comb += [half.eq(request.address[2] if self._bus_width == 64 else 0), request.data.eq(word)]
        with m.If(half):
            m.d.comb += request.strobe.eq(strobe << 4)
        with m.Else():
            m.d.comb += request.strobe.eq(strobe)

        with m.FSM():
            with m.State("CHOOSE"):
                with m.If(wants_write & ~(axi.arvalid & wrote_last)):
                    m.d.comb += [axi.awready.eq(1), axi.wready.eq(1)]
                    m.d.sync += [
                        request.write.eq(1),
                        request.address.eq(axi.awaddr),
                        word.eq(axi.wdata),
                        strobe.eq(axi.wstrb),
                        wrote_last.eq(1),
                    ]
                    m.next = "ASK"
                with m.Elif(axi.arvalid):
                    m.d.comb += axi.arready.eq(1)
                    m.d.sync += [request.write.eq(0), request.address.eq(axi.araddr), wrote_last.eq(0)]
                    m.next = "ASK"
            with m.State("ASK"):
                m.d.comb += [self.request.valid.eq(1), self.response.ready.eq(1)]
                with m.If(self.response.valid):
                    m.d.sync += [
                        axi.rdata.eq(self.response.payload.data.word_select(half, 32)),
                        axi.rresp.eq(self.response.payload.outcome),
                        axi.bresp.eq(self.response.payload.outcome),
                    ]
                    m.next = "ANSWER"
            with m.State("ANSWER"):
                m.d.comb += [axi.bvalid.eq(request.write), axi.rvalid.eq(~request.write)]
                with m.If(Mux(request.write, axi.bready, axi.rready)):
                    m.next = "CHOOSE"
        return m
