"""Gives each lane of the DEPTHWISE engine its byte of a pixel."""

from amaranth.hdl import Array, Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.memory.ram import address_bits
from celosia.rtl.parameter import positive_integer


class DepthwiseSelect(wiring.Component):
    """Spreads the bytes of a pixel over the lanes, or fills the lanes with padding.

    Lanes share a byte where a depthwise convolution makes several channels of one. Lane i takes one of the
    bytes 0 to i. Which one is a weight of the command, so there are a shadow and active selects, as for taps.

    Parameters
    ----------
    cols : int
        Lanes, and bytes of a pixel.

    Members
    -------
    load : In(1)
        The next command's selects are in ``selects``.
    selects : In(ArrayLayout(signed(8), cols))
        For each lane, the byte to take; its lowest bits are used.
    swap : In(1)
        The loaded selects are used from the next cycle on.
    valid : In(1)
        There is a pixel.
    inside : In(1)
        It is in ``bytes``; otherwise it is ``value`` in all lanes.
    bytes : In(ArrayLayout(unsigned(8), cols))
        What was read.
    value : In(signed(8))
        Padding.
    pixel : Out(ArrayLayout(signed(8), cols))
        The pixel, 1 cycle later.

    Raises
    ------
    TypeError, ValueError
        If ``cols`` is not a positive integer.
    """

    def __init__(self, *, cols: int) -> None:
        self._cols = positive_integer("cols", cols)
        super().__init__(
            {
                "load": In(1),
                "selects": In(data.ArrayLayout(signed(8), cols)),
                "swap": In(1),
                "valid": In(1),
                "inside": In(1),
                "bytes": In(data.ArrayLayout(unsigned(8), cols)),
                "value": In(signed(8)),
                "pixel": Out(data.ArrayLayout(signed(8), cols)),
            }
        )

    @property
    def cols(self) -> int:
        """Lanes, and bytes of a pixel."""
        return self._cols

    def elaborate(self, platform: object) -> Module:
        """Build a multiplexer a lane."""
        m = Module()
        lanes = [Signal(signed(8), name=f"lane_{lane}", reset_less=True) for lane in range(self._cols)]
        for index, lane in enumerate(lanes):
            bits = address_bits(index + 1)
            shadow = Signal(bits, name=f"shadow_{index}", reset_less=True)
            active = Signal(bits, name=f"active_{index}", reset_less=True)
            with m.If(self.load):
                m.d.sync += shadow.eq(self.selects[index])
            with m.If(self.swap):
                m.d.sync += active.eq(shadow)
            with m.If(self.valid):
                chosen = Array(self.bytes[i] for i in range(index + 1))[active]
                m.d.sync += lane.eq(Mux(self.inside, chosen, self.value))
            m.d.comb += self.pixel[index].eq(lane)
        return m
