"""A register for a stream's next item, and a spare one behind it."""

from amaranth.hdl import Module, Mux, ShapeLike, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class StreamBuffer(wiring.Component):
    """Holds up to two items, so that whoever gives them need not know in the same cycle that one was taken.

    Both ``input.ready`` and ``output.valid`` are registers, so nothing in front of the buffer depends on what is behind
    it in the same cycle, nor the other way round. (A *skid buffer*.) An item passes in one cycle, at one a cycle.

    Parameters
    ----------
    shape : ShapeLike
        Format of an item.

    Members
    -------
    input : In(stream.Signature(shape))
        The items.
    output : Out(stream.Signature(shape))
        The same, at least one cycle later.
    """

    def __init__(self, *, shape: ShapeLike) -> None:
        self._shape = shape
        super().__init__({"input": In(stream.Signature(shape)), "output": Out(stream.Signature(shape))})

    @property
    def shape(self) -> ShapeLike:
        """Format of an item."""
        return self._shape

    def elaborate(self, platform: object) -> Module:
        """Build both registers; the spare one follows the input for as long as it is free."""
        m = Module()
        spare = Signal(self._shape, reset_less=True)
        spare_valid = Signal()
        m.d.comb += self.input.ready.eq(~spare_valid)
        with m.If(~spare_valid):
            m.d.sync += spare.eq(self.input.payload)
        with m.If(self.output.ready | ~self.output.valid):
            m.d.sync += [
                self.output.payload.eq(Mux(spare_valid, spare, self.input.payload)),
                self.output.valid.eq(spare_valid | self.input.valid),
                spare_valid.eq(0),
            ]
        with m.Elif(self.input.valid):
            m.d.sync += spare_valid.eq(1)
        return m
