"""A buffer that is filled like a queue and read like a memory."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.memory.ram import Ram, address_bits
from celosia.rtl.parameter import boolean, positive_integer


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
    updates : bool
        Whether words can be updated; without, there is no ``update`` stream and no ``update`` of a read.

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
        If a parameter is not of its kind, or not positive.
    """

    #: Cycles from ``read`` to ``data``.
    latency = 1

    def __init__(self, *, width: int, depth: int, updates: bool = True) -> None:
        self._width = positive_integer("width", width)
        self._depth = positive_integer("depth", depth)
        self._updates = boolean("updates", updates)
        offset = address_bits(depth)
        members = {
            "fill": In(stream.Signature(width)),
            "read": In(
                stream.Signature(data.StructLayout({"offset": offset, **({"update": 1} if updates else {})}))
            ),
            "data": Out(stream.Signature(width)),
            "shrink": In(stream.Signature(range(depth + 1))),
            "credits": Out(range(depth + 1)),
        }
        if updates:
            members["update"] = In(stream.Signature(data.StructLayout({"offset": offset, "data": width})))
        super().__init__(members)

    @property
    def width(self) -> int:
        """Bits of a word."""
        return self._width

    @property
    def depth(self) -> int:
        """Number of words."""
        return self._depth

    @property
    def updates(self) -> bool:
        """Whether words can be updated."""
        return self._updates

    def elaborate(self, platform: object) -> Module:
        """Build the memory, the window over it, and what each access waits for."""
        m = Module()
        m.submodules.ram = ram = Ram(width=self._width, depth=self._depth)
        head = Signal(range(self._depth))
        tail = Signal(range(self._depth))
        occupancy = Signal(range(self._depth + 1))
        fill, read, shrink = self.fill, self.read, self.shrink
        read_address = Signal(address_bits(self._depth))
        filled = fill.valid & fill.ready
        taken = read.valid & read.ready
        m.d.comb += [
            read_address.eq(self._wrapped(head + read.payload.offset)),
            fill.ready.eq(occupancy != self._depth),
            read.ready.eq((read.payload.offset < occupancy) & (~self.data.valid | self.data.ready)),
            shrink.ready.eq(shrink.payload <= occupancy),
            self.credits.eq(Mux(shrink.valid & shrink.ready, shrink.payload, 0)),
            ram.read_address.eq(read_address),
            ram.read_enable.eq(taken),
            self.data.payload.eq(ram.read_data),
            ram.write_address.eq(tail),
            ram.write_data.eq(fill.payload),
            ram.write_enable.eq(filled),
        ]
        m.d.sync += [
            occupancy.eq(occupancy + filled - self.credits),
            head.eq(self._wrapped(head + self.credits)),
        ]
        with m.If(filled):
            m.d.sync += tail.eq(self._wrapped(tail + 1))
        with m.If(~self.data.valid | self.data.ready):
            m.d.sync += self.data.valid.eq(taken)
        if self._updates:
            self._update(m, ram, head, occupancy)
        return m

    def _wrapped(self, address: Value) -> Value:
        return Mux(address >= self._depth, address - self._depth, address)

    def _update(self, m: Module, ram: Ram, head: Signal, occupancy: Signal) -> None:
        """Updates have the write port before fills; words that wait for one are locked."""
        fill, read, update, shrink = self.fill, self.read, self.update, self.shrink
        being_updated = Signal(self._depth)
        address = Signal.like(ram.read_address, name="update_address")
        updated = update.valid & update.ready
        m.d.comb += [
            address.eq(self._wrapped(head + update.payload.offset)),
            update.ready.eq(update.payload.offset < occupancy),
        ]
        with m.If(update.valid):
            m.d.comb += [
                fill.ready.eq(0),
                ram.write_address.eq(address),
                ram.write_data.eq(update.payload.data),
                ram.write_enable.eq(updated),
            ]
        with m.If(being_updated.bit_select(ram.read_address, 1)):
            m.d.comb += read.ready.eq(0)
        with m.If(being_updated.any() | (read.valid & read.payload.update)):
            m.d.comb += shrink.ready.eq(0)
        with m.If(updated):
            m.d.sync += being_updated.bit_select(address, 1).eq(0)
        with m.If(read.valid & read.ready & read.payload.update):
            m.d.sync += being_updated.bit_select(ram.read_address, 1).eq(1)
