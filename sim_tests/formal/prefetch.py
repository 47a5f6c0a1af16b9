"""The prefetch of the program: every word from some word on, once, in order, whatever waits."""

from collections.abc import Mapping

from amaranth.hdl import Assert, Assume, Module, Mux, Signal

from celosia.rtl.control.prefetch import WORDS_AHEAD, ProgramPrefetch
from sim_tests.formal.prove import Properties
from sim_tests.formal.queue import contents

#: The unit's registers by name.
Inside = Mapping[str, Signal]


class PrefetchProperties(Properties):
    """For starts in any cycle, at any word, and words that are taken in any cycle.

    Each word of the memory holds its own address; a prefetch does not look at words, so this stands for any.

    - The words given after a start are those from ``first`` on: none lost, repeated or swapped.
    - A word that is offered stays until it is taken, or another start forgets it.
    - With three stages, nothing is read before the first start, and the memory's address is a register.
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
        m.d.sync += [started.eq(started | prefetch.start), offered.eq(words.valid & ~words.ready)]
        with m.If(prefetch.read_enable):
            m.d.sync += memory.eq(prefetch.read_address)
        with m.If(prefetch.start):
            m.d.sync += [expected.eq(prefetch.first), offered.eq(0)]
        with m.Elif(words.valid & words.ready):
            m.d.sync += expected.eq(expected + 1)
        m.d.comb += [Assert(~words.valid | (words.payload == expected)), Assert(~offered | words.valid)]
        if prefetch.stages > 1:
            self._in_fifo(m, inside, memory, expected, started)
        else:
            [self._on_demand, self._in_registers][prefetch.stages](m, inside, memory, expected)
        return m

    def _on_demand(self, m: Module, inside: Inside, memory: Signal, expected: Signal) -> None:
        m.d.comb += [
            Assume(~inside["was_read"] | (self._prefetch.read_data == memory)),
            Assert(~inside["was_read"] | (memory == expected)),
            Assert(~inside["was_read"] | (inside["next_address"] == (expected + 1)[: len(expected)])),
        ]

    def _in_registers(self, m: Module, inside: Inside, memory: Signal, expected: Signal) -> None:
        spare_valid = inside["spare_valid"]
        waiting = self._prefetch.words.valid + spare_valid
        m.d.comb += [
            Assume(~inside["was_read"] | (self._prefetch.read_data == memory)),
            Assert(~spare_valid | (inside["spare"] == (expected + 1)[: len(expected)])),
            Assert(~spare_valid | self._prefetch.words.valid),
        ]
        with m.If(inside["was_read"]):
            m.d.comb += [
                Assert(memory == (expected + waiting)[: len(expected)]),
                Assert(inside["next_address"] == (expected + waiting + 1)[: len(expected)]),
            ]

    def _in_fifo(self, m: Module, inside: Inside, memory: Signal, expected: Signal, started: Signal) -> None:
        ahead, coming, valid = inside["ahead"], inside["coming"], self._prefetch.words.valid
        level, oldest, newest = inside["fifo.level"], inside["fifo.consume"], inside["fifo.produce"]
        slots = WORDS_AHEAD - 1
        end = Signal(range(2 * WORDS_AHEAD))
        held = Signal.like(memory)  # in the memory's own register
        m.d.sync += held.eq(memory)
        m.d.comb += [
            Assume(~coming[1] | (self._prefetch.read_data == held)),
            Assert(~self._prefetch.read_enable | started),
            Assert(self._prefetch.read_address == inside["next_address"]),
            Assert(valid + level + coming[0] + coming[1] == Mux(started, ahead, 0)),
            Assert(started | (ahead == WORDS_AHEAD)),
            Assert(ahead <= WORDS_AHEAD),
            Assert(valid | (level == 0)),
            Assert(~coming[1] | (held == (expected + valid + level)[: len(expected)])),
            Assert(~coming[0] | (memory == (expected + valid + level + coming[1])[: len(expected)])),
            Assert(~started | (inside["next_address"] == (expected + ahead)[: len(expected)])),
            end.eq(oldest + level),
            Assert((oldest < slots) & (level <= slots)),
            Assert(newest == Mux(end >= slots, end - slots, end)),
        ]
        for slot, word in enumerate(contents(m.submodules.unit)):
            after = Signal(range(WORDS_AHEAD), name=f"after_{slot}")
            m.d.comb += [
                after.eq(Mux(slot >= oldest, slot - oldest, slot + slots - oldest)),
                Assert((after >= level) | (word == (expected + 1 + after)[: len(expected)])),
            ]
