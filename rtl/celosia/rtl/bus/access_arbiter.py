"""Two bridges in front of one host port."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.bus.host_access import AccessRequest, AccessResponse


class AccessArbiter(wiring.Component):
    """Lets two sources perform accesses, one at a time; they take turns when both want to. Adds no cycle.

    Parameters
    ----------
    bus_width : int
        Bits of the host port's bus word.

    Members
    -------
    requests : In(stream.Signature(AccessRequest(bus_width))).array(2)
        From the sources.
    responses : Out(stream.Signature(AccessResponse(bus_width))).array(2)
        To the sources.
    request : Out(stream.Signature(AccessRequest(bus_width)))
        The chosen one.
    response : In(stream.Signature(AccessResponse(bus_width)))
        Its end, which is also that of the request.
    """

    def __init__(self, *, bus_width: int) -> None:
        self._bus_width = bus_width
        request = stream.Signature(AccessRequest(bus_width))
        response = stream.Signature(AccessResponse(bus_width))
        super().__init__(
            {
                "requests": In(request).array(2),
                "responses": Out(response).array(2),
                "request": Out(request),
                "response": In(response),
            }
        )

    @property
    def bus_width(self) -> int:
        """Bits of the host port's bus word."""
        return self._bus_width

    def elaborate(self, platform: object) -> Module:
        """Build the choice, which is kept until the response has been taken."""
        m = Module()
        last = Signal()
        held = Signal()
        chosen = Signal()
        m.d.comb += chosen.eq(Mux(held, last, Mux(last, ~self.requests[0].valid, self.requests[1].valid)))
        with m.If(self.request.valid):
            m.d.sync += [held.eq(1), last.eq(chosen)]
        with m.If(self.response.valid & self.response.ready):
            m.d.sync += held.eq(0)
        for index in range(2):
            with m.If(chosen == index):
                m.d.comb += [
                    self.request.valid.eq(self.requests[index].valid),
                    self.request.payload.eq(self.requests[index].payload),
                    self.requests[index].ready.eq(self.request.ready),
                    self.responses[index].valid.eq(self.response.valid),
                    self.response.ready.eq(self.responses[index].ready),
                ]
            m.d.comb += self.responses[index].payload.eq(self.response.payload)
        return m
