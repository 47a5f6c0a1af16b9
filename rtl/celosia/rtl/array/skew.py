"""The triangle of registers in front of a systolic array."""

from amaranth.hdl import Module, Shape, ShapeLike, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.parameter import positive_integer


class Skew(wiring.Component):
    """Delay lane i of a vector by i cycles, so that a vector enters a systolic array as a diagonal wave.

    A classic (Kung and Leiserson's arrays take their operands skewed); the registers have no reset.

    Parameters
    ----------
    shape : ShapeLike
        Format of one lane.
    lanes : int
        Number of lanes.

    Members
    -------
    input : In(ArrayLayout(shape, lanes))
        A vector, all lanes at once.
    output : Out(ArrayLayout(shape, lanes))
        Lane i is lane i of the input i cycles ago: lane 0 passes straight through.

    Raises
    ------
    TypeError, ValueError
        If ``lanes`` is not an integer, or not positive.
    """

    def __init__(self, *, shape: ShapeLike, lanes: int) -> None:
        self._shape = shape
        self._lanes = positive_integer("lanes", lanes)
        layout = data.ArrayLayout(shape, lanes)
        super().__init__({"input": In(layout), "output": Out(layout)})

    @property
    def shape(self) -> ShapeLike:
        """Format of one lane."""
        return self._shape

    @property
    def lanes(self) -> int:
        """Number of lanes."""
        return self._lanes

    def elaborate(self, platform: object) -> Module:
        """One register per step of delay, as wide as the lanes that still wait."""
        m = Module()
        width = Shape.cast(self._shape).width
        waiting = self.input.as_value()
        output = self.output.as_value()
        for lane in range(self._lanes):
            m.d.comb += output.word_select(lane, width).eq(waiting[:width])
            later = Signal(len(waiting) - width, name=f"delay{lane + 1}", reset_less=True)
            m.d.sync += later.eq(waiting[width:])
            waiting = later
        return m
