"""The steps of an array's tiles."""

from amaranth.hdl import Const, Module, Mux, ShapeLike, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.array.array_mac import LENGTH_BITS, ArrayMac, mode_fields, tile_shape
from celosia.rtl.mac.bit_planes import BitPlanes


def step_layout(mac: ArrayMac, serial_bits: int) -> data.StructLayout:
    """What the processing elements must know about a step.

    ``valid``: there is one. ``first``, ``last``: of its tile. With bit-serial operands, ``position``: which of their
    bits it takes; ``top``, ``bottom``: their highest or lowest. With packed ones, their ``precision``.
    """
    fields: dict[str, ShapeLike] = {"valid": 1, "first": 1, "last": 1}
    match mac:
        case ArrayMac.BIT_SERIAL:
            fields |= {"position": range(max(2, serial_bits)), "top": 1, "bottom": 1}
        case ArrayMac.PRECISION_SCALABLE:
            fields |= mode_fields(mac, serial_bits)
    return data.StructLayout(fields)


class TileSteps(wiring.Component):
    """Takes tiles, and counts the vectors of each; a vector is one step, or one for each bit of its operands.

    A tile is taken with its first step, and its mode holds for the others.

    Parameters
    ----------
    mac : ArrayMac
        What the array multiplies with.
    serial_bits : int
        Bits of the widest operands that are taken bit by bit.

    Members
    -------
    tiles : In(stream)
        ``length`` of the next tile, at least 1, and its mode.
    advance : In(1)
        The array does not stand still.
    offered : In(1)
        The vectors of the next step are there.
    may_begin, may_end : In(1)
        A tile's first or last step may be in this cycle.
    step : Out(StructLayout)
        The step in this cycle, see :func:`step_layout`; it happens if ``advance``.
    taken : Out(1)
        It is its vectors' last one.

    Raises
    ------
    TypeError, ValueError
        If ``serial_bits`` is not an integer, or not positive.
    """

    def __init__(self, *, mac: ArrayMac, serial_bits: int) -> None:
        self._mac = mac
        self._serial_bits = serial_bits
        super().__init__(
            {
                "tiles": In(stream.Signature(tile_shape(mac, serial_bits))),
                "advance": In(1),
                "offered": In(1),
                "may_begin": In(1, init=1),
                "may_end": In(1, init=1),
                "step": Out(step_layout(mac, serial_bits)),
                "taken": Out(1),
            }
        )

    @property
    def mac(self) -> ArrayMac:
        """What the array multiplies with."""
        return self._mac

    @property
    def serial_bits(self) -> int:
        """Bits of the widest operands that are taken bit by bit."""
        return self._serial_bits

    def elaborate(self, platform: object) -> Module:
        """Count down what is left of the present tile."""
        m = Module()
        step = self.step
        left = Signal(LENGTH_BITS)
        begins = left == 0
        count = Mux(begins, Value.cast(self.tiles.payload)[:LENGTH_BITS], left)
        complete = self._mode(m, begins)
        ends = (count == 1) & complete
        m.d.comb += [
            step.valid.eq(
                self.offered & (~begins | (self.tiles.valid & self.may_begin)) & (~ends | self.may_end)
            ),
            step.first.eq(step.valid & begins),
            step.last.eq(step.valid & ends),
            self.taken.eq(step.valid & complete),
            self.tiles.ready.eq(self.advance & step.first),
        ]
        with m.If(self.advance & step.valid):
            m.d.sync += left.eq(count - complete)
        return m

    def _mode(self, m: Module, begins: Value) -> Value:
        """Say what the tile's mode means for this step; whether the step completes its vectors."""
        fields = mode_fields(self._mac, self._serial_bits)
        if not fields:
            return Const(1)
        offered = Value.cast(self.tiles.payload)[LENGTH_BITS:]
        held, mode = Signal.like(offered, name="held"), Signal.like(offered, name="mode")
        m.d.comb += mode.eq(Mux(begins, offered, held))
        with m.If(self.advance & self.step.valid):
            m.d.sync += held.eq(mode)
        if self._mac is ArrayMac.PRECISION_SCALABLE:
            m.d.comb += Value.cast(self.step.precision).eq(mode)
            return Const(1)
        m.submodules.planes = planes = BitPlanes(width=self._serial_bits)
        m.d.comb += [
            planes.bits.eq(mode),
            planes.step.eq(self.advance & self.step.valid),
            self.step.position.eq(planes.position),
            self.step.top.eq(planes.first),
            self.step.bottom.eq(planes.last),
        ]
        return planes.last
