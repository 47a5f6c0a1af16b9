"""The double buffer: no block lost, none overwritten before it is read, words in order."""

from amaranth.hdl import Array, Assert, Assume, Module, Mux, Signal, Value

from celosia.rtl.memory.double_buffer import DoubleBuffer
from sim_tests.formal.prove import Properties

#: Blocks are numbered with so many bits: more numbers than there are halves.
NUMBER_BITS = 3


class DoubleBufferProperties(Properties):
    """For writes and reads in any cycle, at any address of a block, and blocks that end with any of them.

    - Block n is written into, and read from, half n modulo 2. At most two blocks are whole and not read to their end;
      the writer takes a word exactly if there are fewer: so no word of such a block is overwritten.
    - A read is taken only of the oldest whole block, and waits for nothing but that block and the word before.
    - Each read gives one word, in order; a word that is offered stays, and stays the same, until it is taken.

    Parameters
    ----------
    width, depth : int
        Sizes of the buffer.
    contents : bool
        Also assert that a read gives the latest word that its block wrote there, by a copy kept in registers. That
        does not follow by induction, as it says nothing about the words of the memory.
    """

    def __init__(self, *, width: int, depth: int, contents: bool) -> None:
        self._buffer = DoubleBuffer(width=width, depth=depth)
        self._contents = contents
        super().__init__(self._buffer)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit, by the numbers of the blocks at work."""
        m, inside = self.surround(platform)
        buffer, depth = self._buffer, self._buffer.depth
        write, read, given = buffer.write, buffer.read, buffer.data
        written, taken = write.valid & write.ready, read.valid & read.ready
        filled, drained, whole = Signal(NUMBER_BITS), Signal(NUMBER_BITS), Signal(NUMBER_BITS)
        m.d.comb += [
            Assume(write.payload.address < depth),
            Assume(read.payload.address < depth),
            whole.eq(filled - drained),
        ]
        m.d.sync += [
            filled.eq(filled + (written & write.payload.last)),
            drained.eq(drained + (taken & read.payload.last)),
        ]
        waits = given.valid & ~given.ready
        m.d.comb += [
            Assert(whole <= 2),
            Assert(write.ready == (whole < 2)),
            Assert(read.ready == ((whole != 0) & ~waits)),
            Assert(~written | (inside["write_address"] == _place(filled, write.payload.address, depth))),
            Assert(~taken | (inside["read_address"] == _place(drained, read.payload.address, depth))),
            Assert((inside["write_enable"] == written) & (inside["read_enable"] == taken)),
            # What makes it inductive: which block each register is about.
            Assert((inside["writing"] == filled[0]) & (inside["reading"] == drained[0])),
            Assert(inside["full"] == Mux(whole == 1, Mux(drained[0], 0b10, 0b01), Mux(whole == 2, 0b11, 0))),
        ]

        offered, held, word = Signal(), Signal(), Signal(buffer.width)
        m.d.sync += [offered.eq(taken | waits), held.eq(waits), word.eq(given.payload)]
        m.d.comb += [Assert(given.valid == offered), Assert(~held | (given.payload == word))]
        if self._contents:
            self._check_contents(m, written, taken, filled, drained)
        return m

    def _check_contents(self, m: Module, written: Value, taken: Value, filled: Value, drained: Value) -> None:
        buffer, depth = self._buffer, self._buffer.depth
        copy = Array(Signal(buffer.width, name=f"copy_{place}") for place in range(2 * depth))
        known = Signal(2 * depth)  # places that were ever written
        source, target = Signal(range(2 * depth)), Signal(range(2 * depth))
        expected, comparable = Signal(buffer.width), Signal()
        m.d.comb += [
            source.eq(_place(drained, buffer.read.payload.address, depth)),
            target.eq(_place(filled, buffer.write.payload.address, depth)),
        ]
        with m.If(taken):
            m.d.sync += [expected.eq(copy[source]), comparable.eq(known.bit_select(source, 1))]
        with m.If(written):
            m.d.sync += [copy[target].eq(buffer.write.payload.data), known.bit_select(target, 1).eq(1)]
        m.d.comb += Assert(~(buffer.data.valid & comparable) | (buffer.data.payload == expected))


def _place(block: Value, address: Value, depth: int) -> Value:
    """Where a block's word lies in the memory."""
    return address + Mux(block[0], depth, 0)
