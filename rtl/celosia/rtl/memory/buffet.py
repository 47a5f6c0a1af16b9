"""A buffer that is filled like a queue and read like a memory."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.memory.ram import Ram, address_bits
from celosia.rtl.parameter import positive_integer


class Buffet(wiring.Component):
    """Words arrive in order, stay for any number of reads and updates in any order, and leave in order.

    The storage idiom of Pellauer et al. (ASPLOS 2019): a sliding window over a stream of words. Offsets count
    from the oldest word. Everything waits by itself for what it needs: a read for its word to arrive, a read of a
    word that is being updated for the update, a shrink for the words it removes and for all updates, a fill for
    room. So no order between the streams has to be kept but that of the user's own reads and shrinks.

    Parameters
    ----------
    width : int
        Bits of a word.
    depth : int
        Words; any positive number.

    Members
    -------
    fill : In(stream(width))
        The next word. Ready while there is room and no update is offered.
    read : In(stream)
        ``offset``, and ``update``: the word will be updated, reads of it wait from now on. Ready when the word
        is there, is not being updated, and the last word that was read has gone.
    data : Out(stream(width))
        What was read, in order, ``latency`` cycles after ``read`` was taken.
    update : In(stream)
        ``offset`` and ``data``: the new word. Ready when there is a word.
    shrink : In(stream)
        How many of the oldest words to remove, up to ``depth``. Ready when there are so many, and no word is being
        updated or being read for an update.
    credits : Out(range(depth + 1))
        How many words this cycle's shrink removes. Who starts with ``depth`` credits, spends one on each fill and
        collects these never offers more than there is room for.

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
        offset = address_bits(depth)
        super().__init__(
            {
                "fill": In(stream.Signature(width)),
                "read": In(stream.Signature(data.StructLayout({"offset": offset, "update": 1}))),
                "data": Out(stream.Signature(width)),
                "update": In(stream.Signature(data.StructLayout({"offset": offset, "data": width}))),
                "shrink": In(stream.Signature(range(depth + 1))),
                "credits": Out(range(depth + 1)),
            }
        )

    @property
    def width(self) -> int:
        """Bits of a word."""
        return self._width

    @property
    def depth(self) -> int:
        """Number of words."""
        return self._depth

    def elaborate(self, platform: object) -> Module:
        """Build the memory, the window over it, and what each access waits for."""
        m = Module()
        m.submodules.ram = ram = Ram(width=self._width, depth=self._depth)
        head = Signal(range(self._depth))
        tail = Signal(range(self._depth))
        occupancy = Signal(range(self._depth + 1))
        being_updated = Signal(self._depth)
        fill, read, update, shrink = self.fill, self.read, self.update, self.shrink

        def wrapped(address: Value) -> Value:
            return Mux(address >= self._depth, address - self._depth, address)

        read_address = Signal(address_bits(self._depth))
        update_address = Signal(address_bits(self._depth))
        m.d.comb += [
            read_address.eq(wrapped(head + read.payload.offset)),
            update_address.eq(wrapped(head + update.payload.offset)),
            fill.ready.eq((occupancy != self._depth) & ~update.valid),
            read.ready.eq(
                (read.payload.offset < occupancy)
                & ~being_updated.bit_select(read_address, 1)
                & (~self.data.valid | self.data.ready)
            ),
            update.ready.eq(update.payload.offset < occupancy),
            shrink.ready.eq(
                (shrink.payload <= occupancy) & ~being_updated.any() & ~(read.valid & read.payload.update)
            ),
        ]

        filled = fill.valid & fill.ready
        taken = read.valid & read.ready
        updated = update.valid & update.ready
        m.d.comb += [
            self.credits.eq(Mux(shrink.valid & shrink.ready, shrink.payload, 0)),
            ram.read_address.eq(read_address),
            ram.read_enable.eq(taken),
            self.data.payload.eq(ram.read_data),
            ram.write_address.eq(Mux(update.valid, update_address, tail)),
            ram.write_data.eq(Mux(update.valid, update.payload.data, fill.payload)),
            ram.write_enable.eq(filled | updated),
        ]
        m.d.sync += [occupancy.eq(occupancy + filled - self.credits), head.eq(wrapped(head + self.credits))]
        with m.If(filled):
            m.d.sync += tail.eq(wrapped(tail + 1))
        with m.If(~self.data.valid | self.data.ready):
            m.d.sync += self.data.valid.eq(taken)
        with m.If(updated):
            m.d.sync += being_updated.bit_select(update_address, 1).eq(0)
        with m.If(taken & read.payload.update):
            m.d.sync += being_updated.bit_select(read_address, 1).eq(1)
        return m
