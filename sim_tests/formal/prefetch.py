"""The prefetch of the program: every word from some word on, once, in order, whatever waits."""

from amaranth.hdl import Assert, Assume, Module, Signal

from celosia.rtl.control.prefetch import ProgramPrefetch
from sim_tests.formal.prove import Properties


class PrefetchProperties(Properties):
    """For starts in any cycle, at any word, and words that are taken in any cycle.

    Each word of the memory holds its own address; a prefetch does not look at words, so this stands for any.

    - The words given after a start are those from ``first`` on: none lost, repeated or swapped.
    - A word that is offered stays until it is taken, or another start forgets it.
    """

    def __init__(self, *, address_width: int, stages: int) -> None:
        self._prefetch = ProgramPrefetch(address_width=address_width, stages=stages)
        super().__init__(self._prefetch)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit, and what makes them inductive: which word each register holds."""
        m, inside = self.surround(platform)
        prefetch = self._prefetch
        words, width = prefetch.words, prefetch.address_width
        started, offered = Signal(), Signal()
        memory, expected = Signal(width), Signal(width)
        # Nothing asks for words before the first start.
        m.d.comb += Assume(started | prefetch.start | ~words.ready)
        m.d.comb += Assume(~inside["was_read"] | (prefetch.read_data == memory))
        m.d.sync += [started.eq(started | prefetch.start), offered.eq(words.valid & ~words.ready)]
        with m.If(prefetch.read_enable):
            m.d.sync += memory.eq(prefetch.read_address)
        with m.If(prefetch.start):
            m.d.sync += [expected.eq(prefetch.first), offered.eq(0)]
        with m.Elif(words.valid & words.ready):
            m.d.sync += expected.eq(expected + 1)

        m.d.comb += [Assert(~words.valid | (words.payload == expected)), Assert(~offered | words.valid)]
        if not prefetch.stages:
            after = (expected + 1)[:width]
            m.d.comb += Assert(
                ~inside["was_read"] | ((memory == expected) & (inside["next_address"] == after))
            )
            return m
        spare_valid = inside["spare_valid"]
        m.d.comb += [
            Assert(~spare_valid | (inside["spare"] == (expected + 1)[:width])),
            Assert(~spare_valid | words.valid),
        ]
        waiting = words.valid + spare_valid
        if prefetch.stages > 1:
            held_valid = inside["held_valid"]
            m.d.comb += Assert(~held_valid | (inside["held"] == (expected + waiting)[:width]))
            waiting += held_valid
        with m.If(inside["was_read"]):
            m.d.comb += [
                Assert(memory == (expected + waiting)[:width]),
                Assert(inside["next_address"] == (expected + waiting + 1)[:width]),
            ]
        return m
