"""Two halves of memory: one fills while the other is read."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.memory.ram import Ram, address_bits
from celosia.rtl.parameter import positive_integer


class DoubleBuffer(wiring.Component):
    """A block is written into one half of the memory while the block before it is read from the other.

    Whoever writes and whoever reads says what was the block's ``last`` access, and so hands the half over; each
    waits while the half it needs is not its own. Within a block, words are accessed in any order, any number of
    times, each side once a cycle.

    Parameters
    ----------
    width : int
        Bits of a word.
    depth : int
        Words of a block, at most; any positive number.

    Members
    -------
    write : In(stream)
        ``address`` (below ``depth``), ``data``, and ``last``: with this word, the block can be read. Ready while
        the half is empty.
    read : In(stream)
        ``address`` (below ``depth``), and ``last``: after this word, the next block can be written. Ready while
        the half is full and the last word that was read has gone.
    data : Out(stream(width))
        What was read, in order, ``latency`` cycles after ``read`` was taken. Words that nobody wrote into this
        block are those of a block before.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not an integer, or not positive.
    """

    #: Cycles from ``read`` to ``data``.
    latency = 1

    def __init__(self, *, width: int, depth: int) -> None:
        self._width = positive_integer("width", width)
        self._depth = positive_integer("depth", depth)
        address = address_bits(depth)
        super().__init__(
            {
                "write": In(
                    stream.Signature(data.StructLayout({"address": address, "data": width, "last": 1}))
                ),
                "read": In(stream.Signature(data.StructLayout({"address": address, "last": 1}))),
                "data": Out(stream.Signature(width)),
            }
        )

    @property
    def width(self) -> int:
        """Bits of a word."""
        return self._width

    @property
    def depth(self) -> int:
        """Words of a block, at most."""
        return self._depth

    def elaborate(self, platform: object) -> Module:
        """Build the memory, whose halves the two sides take in turns."""
        m = Module()
        m.submodules.ram = ram = Ram(width=self._width, depth=2 * self._depth)
        full = Signal(2)
        writing = Signal()
        reading = Signal()
        write, read = self.write, self.read

        def in_half(half: Value, address: Value) -> Value:
            return Mux(half, address + self._depth, address)

        written = write.valid & write.ready
        taken = read.valid & read.ready
        m.d.comb += [
            write.ready.eq(~full.bit_select(writing, 1)),
            ram.write_address.eq(in_half(writing, write.payload.address)),
            ram.write_data.eq(write.payload.data),
            ram.write_enable.eq(written),
            read.ready.eq(full.bit_select(reading, 1) & (~self.data.valid | self.data.ready)),
            ram.read_address.eq(in_half(reading, read.payload.address)),
            ram.read_enable.eq(taken),
            self.data.payload.eq(ram.read_data),
        ]
        with m.If(written & write.payload.last):
            m.d.sync += [full.bit_select(writing, 1).eq(1), writing.eq(~writing)]
        with m.If(taken & read.payload.last):
            m.d.sync += [full.bit_select(reading, 1).eq(0), reading.eq(~reading)]
        with m.If(~self.data.valid | self.data.ready):
            m.d.sync += self.data.valid.eq(taken)
        return m
