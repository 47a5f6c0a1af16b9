"""The buffet: no read or update of a word that is not there, no credit lost or made up, no stale word."""

from amaranth.hdl import Array, Assert, Module, Mux, Signal, Value

from celosia.rtl.memory.buffet import Buffet
from sim_tests.formal.prove import Properties


class BuffetProperties(Properties):
    """For fills, reads, updates and shrinks in any cycle, in any order.

    - Words there are: those filled less those whose credits were returned, never more than ``depth``.
    - A read or an update is taken only for a word that is there, and a shrink only for words that are.
    - A word that is being updated is not read, and nothing is removed meanwhile.
    - Data that is offered stays until it is taken; each taken read gives one.

    Parameters
    ----------
    width, depth : int
        Sizes of the buffet.
    contents : bool
        Also assert that reads give the latest fill or update of their word, by a copy kept in registers. That
        does not follow by induction, as it says nothing about the words of the memory.
    """

    def __init__(self, *, width: int, depth: int, contents: bool) -> None:
        self._buffet = Buffet(width=width, depth=depth)
        self._contents = contents
        super().__init__(self._buffet)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit."""
        m, inside = self.surround(platform)
        buffet, depth = self._buffet, self._buffet.depth
        fill, read, update, shrink = buffet.fill, buffet.read, buffet.update, buffet.shrink
        filled, taken = fill.valid & fill.ready, read.valid & read.ready
        updated, shrunk = update.valid & update.ready, shrink.valid & shrink.ready
        spare, oldest = Signal(range(depth + 1), init=depth), Signal(range(depth))
        held = Signal(range(depth + 1))
        m.d.comb += held.eq(depth - spare)
        m.d.sync += spare.eq(spare - filled + buffet.credits)
        m.d.sync += oldest.eq((oldest + buffet.credits) % depth)
        m.d.comb += [
            Assert(spare <= depth),
            Assert(~filled | (spare != 0)),
            Assert(~taken | (read.payload.offset < held)),
            Assert(~updated | (update.payload.offset < held)),
            Assert(buffet.credits == Mux(shrunk, shrink.payload, 0)),
            Assert(buffet.credits <= held),
            Assert(inside["occupancy"] == held),
            Assert((inside["head"] == oldest) & (oldest < depth)),
            Assert(inside["tail"] == (oldest + held) % depth),
        ]

        read_word, updated_word = Signal(range(depth)), Signal(range(depth))
        m.d.comb += [
            read_word.eq((oldest + read.payload.offset) % depth),
            updated_word.eq((oldest + update.payload.offset) % depth),
        ]
        for word in range(depth):
            locked = Signal(name=f"locked_{word}")
            with m.If(taken & read.payload.update & (read_word == word)):
                m.d.sync += locked.eq(1)
            with m.Elif(updated & (updated_word == word)):
                m.d.sync += locked.eq(0)
            m.d.comb += [
                Assert(~(locked & taken) | (read_word != word)),
                Assert(~(locked & shrunk)),
                Assert(locked == inside["being_updated"][word]),
                Assert(~locked | ((word + depth - oldest) % depth < held)),
            ]

        offered = Signal()
        m.d.sync += offered.eq(taken | (buffet.data.valid & ~buffet.data.ready))
        m.d.comb += [
            Assert(buffet.data.valid == offered),
            Assert(~(taken & buffet.data.valid) | buffet.data.ready),
        ]
        if self._contents:
            self._check_contents(m, taken, filled, updated, read_word, updated_word, inside["tail"])
        return m

    def _check_contents(
        self,
        m: Module,
        taken: Value,
        filled: Value,
        updated: Value,
        read_word: Value,
        updated_word: Value,
        tail: Value,
    ) -> None:
        buffet = self._buffet
        copy = Array(Signal(buffet.width, name=f"copy_{word}") for word in range(buffet.depth))
        expected = Signal(buffet.width)
        with m.If(taken):
            m.d.sync += expected.eq(copy[read_word])
        with m.If(filled):
            m.d.sync += copy[tail].eq(buffet.fill.payload)
        with m.If(updated):
            m.d.sync += copy[updated_word].eq(buffet.update.payload.data)
        m.d.comb += Assert(~buffet.data.valid | (buffet.data.payload == expected))
