"""Carries what belongs to a vector past the array, to the accumulators."""

from amaranth.hdl import Module, Mux, ShapeLike, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from celosia.rtl.parameter import integer


class TagDelay(wiring.Component):
    """Delays a value by a fixed number of cycles in a small circular memory instead of a chain of registers.

    An accumulator address needs a dozen bits over the thirty or so cycles that a vector spends in a 16-row
    array: four hundred registers, or a dozen cells of distributed memory and a counter.

    Parameters
    ----------
    shape : ShapeLike
        Format of the value.
    latency : int
        Cycles from ``input`` to ``output``.

    Members
    -------
    input : In(shape)
        The value.
    output : Out(shape)
        The value ``latency`` cycles ago. A reset does not clear what is under way.

    Raises
    ------
    TypeError
        If ``latency`` is not an integer.
    ValueError
        If ``latency`` is below 3.
    """

    def __init__(self, *, shape: ShapeLike, latency: int) -> None:
        if integer("latency", latency) < 3:
            raise ValueError(f"latency must be at least 3, not {latency!r}")
        self._shape = shape
        self._latency = latency
        super().__init__({"input": In(shape), "output": Out(shape)})

    @property
    def shape(self) -> ShapeLike:
        """Format of the value."""
        return self._shape

    @property
    def latency(self) -> int:
        """Cycles from ``input`` to ``output``."""
        return self._latency

    def elaborate(self, platform: object) -> Module:
        """Read each place, one cycle of latency, just before it is overwritten."""
        m = Module()
        depth = self._latency - 1
        m.submodules.memory = memory = Memory(shape=self._shape, depth=depth, init=[])
        write, read = memory.write_port(), memory.read_port()
        place = Signal(range(depth))
        m.d.sync += place.eq(Mux(place == depth - 1, 0, place + 1))
        m.d.comb += [
            write.addr.eq(place),
            write.data.eq(self.input),
            write.en.eq(1),
            read.addr.eq(place),
            read.en.eq(1),
            self.output.eq(read.data),
        ]
        return m
