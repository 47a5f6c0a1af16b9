"""The fetching of the program: every record goes whole to the queue of its engine, once, and none is invented."""

from collections.abc import Mapping

from amaranth.hdl import Assert, Cat, Module, Mux, Signal, Value
from amaranth.lib import data

from celosia.rtl.command import Engine, Opcode, record_words
from celosia.rtl.control.fetch import ROUTED_WORD, CommandFetch
from celosia.rtl.control.prefetch import engine_of
from sim_tests.formal.prove import Properties


class FetchProperties(Properties):
    """For any program, queues that wait in any cycle, and starts in any cycle with any limit.

    - A word that is offered to a queue is the next one of the program; no two queues are offered one. It is taken from
      the program exactly if its queue takes it.
    - The first word of a record goes where its opcode says, its others go there too, and the record is reported as
      issued to that engine with its last word.
    - Fetching never stops within a record, and hands out nothing while it is stopped.
    - With a limit, no more records are handed out than it says.

    With four stages, all this holds where words go into the buffer; behind it:

    - Words come out as they went in, and each is offered to the queue that it is for: none lost, repeated or swapped.
    """

    def __init__(self, *, depthwise: bool, stages: int) -> None:
        self._fetch = CommandFetch(address_width=4, depthwise=depthwise, stages=stages)
        super().__init__(self._fetch)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit, by a walk over the records beside it."""
        m, inside = self.surround(platform)
        fetch = self._fetch
        present, word = inside["prefetch.words__valid"], inside["prefetch.words__payload"]
        opcode = Value.cast(word)[: Opcode.as_shape().width]
        left, route = Signal(range(max(map(record_words, Opcode)) + 1)), Signal(len(Engine))
        begun, limit, asked = Signal(32), Signal(32), Signal(32)
        most = (1 << len(inside["commands_left"])) - 1
        m.d.comb += Assert(~present | (inside["prefetch.engine"] == engine_of(Value.cast(word))))
        offered: Value = Cat(words.valid for words in fetch.words)
        taken: Value = Cat(words.valid & words.ready for words in fetch.words)
        if fetch.stages > 1:
            offered = inside["target"]
            taken = Mux(inside["buffer.spare_valid"], 0, offered)
            self._behind_buffer(m, inside, Cat(word, taken))
        else:
            m.d.comb += [Assert(~words.valid | (words.payload == word)) for words in fetch.words]
        m.d.comb += [
            Assert((offered & (offered - 1)) == 0),
            Assert(~offered.any() | (present & fetch.active)),
            Assert(taken.any() == inside["consumed"]),
            Assert(fetch.active | (left == 0)),
            Assert((left == 0) | (offered == Mux(present, route, 0))),
        ]
        for engine in Engine:
            size = record_words(engine.opcode)
            first = offered[engine] & (left == 0)
            last = taken[engine] & Mux(left == 0, size == 1, left == 1)
            m.d.comb += [
                Assert(~first | (opcode == engine.opcode.value)),
                Assert(fetch.issued[engine] == last),
            ]
            with m.If(taken[engine]):
                m.d.sync += left.eq(Mux(left == 0, size, left) - 1)
                with m.If(left == 0):
                    m.d.sync += [route.eq(1 << engine), begun.eq(begun + 1)]
                    m.d.comb += Assert((limit == 0) | (begun < limit))
        with m.If(fetch.start & ~fetch.active):
            m.d.sync += [begun.eq(0), asked.eq(fetch.limit)]
            m.d.sync += limit.eq(Mux(fetch.limit < most, fetch.limit, most))

        m.d.comb += [
            Assert(((route & (route - 1)) == 0) & ((left == 0) | route.any())),
            Assert(inside["words_left"] == left),
            Assert((left == 0) | (inside["route"] == route)),
            Assert(limit == Mux(asked < most, asked, most)),
            Assert(inside["limited"] == (limit != 0)),
            Assert(inside["done"] == (inside["limited"] & (inside["commands_left"] == 0))),
            Assert((limit == 0) | (inside["commands_left"] == limit - begun)),
            Assert((limit == 0) | (begun <= limit)),
        ]
        return m

    def _behind_buffer(self, m: Module, inside: Mapping[str, Signal], entering: Value) -> None:
        """Beside the buffer, the two words that it can hold; one enters if it is for an engine."""
        count = Signal(range(2 + 1))
        oldest, younger = Signal(ROUTED_WORD), Signal(ROUTED_WORD)
        enters = data.View(ROUTED_WORD, entering).engine.any()
        leaves = Cat(words.valid & words.ready for words in self._fetch.words).any()
        m.d.sync += count.eq(count + enters - leaves)
        with m.If(leaves):
            m.d.sync += oldest.eq(younger)
        with m.If(enters):
            with m.If(count == leaves):
                m.d.sync += oldest.eq(entering)
            with m.Else():
                m.d.sync += younger.eq(entering)
        for engine, words in zip(Engine, self._fetch.words, strict=True):
            m.d.comb += [
                Assert(words.valid == (oldest.engine[engine] & (count != 0))),
                Assert(~words.valid | (words.payload == oldest.word)),
            ]
        waits = Value.cast(oldest.engine)
        m.d.comb += [
            Assert((count == 0) | (waits.any() & ((waits & (waits - 1)) == 0))),
            # What makes it inductive.
            Assert((count < 2) | (younger.engine.any() & ((younger.engine & (younger.engine - 1)) == 0))),
            Assert(count <= 2),
            Assert(inside["buffer.output__valid"] == (count != 0)),
            Assert(inside["buffer.spare_valid"] == (count == 2)),
            Assert((count == 0) | (inside["buffer.output__payload"] == oldest.as_value())),
            Assert((count < 2) | (inside["buffer.spare"] == younger.as_value())),
        ]
