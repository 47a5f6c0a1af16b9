"""The command path as a whole cannot come to a standstill, whatever engines do that finish what they start."""

from itertools import combinations
from typing import Any

from amaranth.hdl import Assert, Assume, Cat, Module, Mux, Signal, Value

from celosia.rtl.command import TIMELINE_BITS, Engine, Header, Opcode, record_words
from celosia.rtl.control.prefetch import engine_of
from sim_tests.formal.command_path import CommandPath, shift_in
from sim_tests.formal.prove import Properties, all_of, any_of


class DeadlockProperties(Properties):
    """For any program whose waits point only backwards in its order, and engines that move in any cycle.

    While a program runs, some step is possible: a word can be handed to its queue, or fetching ends; or an engine can
    take a command, start one, or retire one. A word is there at the latest one cycle after it is wanted.

    That is enough. Each of these steps brings a word or a command of the program nearer to its end, and a program has
    finitely many. An engine whose commands all finish, after whatever time, takes what it has room for and starts
    what it may; so the steps that are possible happen, and every command retires in the end.

    What makes it inductive is the program's order. Beside each command that waits stands how many commands of each
    engine come before it: one of two commands of different engines comes first in all respects, so there is a first
    of all that wait; everything before it has retired, and it waits for nothing else.

    Queues here hold the command that is being assembled; what a deeper one holds besides is as good as held by the
    engine, as it gives commands in order. Fetch has one stage here; with four, the words in its buffer are as good as
    those in the program, as they wait for nothing but their queues.

    Parameters
    ----------
    slots : int
        Commands that an engine can hold before they start.
    bits : int
        Bits of the timeline's counts: a program has fewer commands of an engine than these can count.
    """

    def __init__(self, *, slots: int, bits: int) -> None:
        self._bits = bits
        self._slots = slots
        self._path = CommandPath(slots=slots, bits=bits)
        super().__init__(self._path)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the path, and the order of the program beside it."""
        m, inside = self.surround(platform)
        path, fetch = self._path, self._path.fetch
        word, present = inside["fetch.prefetch.words__payload"], inside["fetch.prefetch.words__valid"]
        begun = {engine: Signal(self._bits, name=f"begun_{engine.name}") for engine in Engine}
        now = Cat(begun[engine] for engine in Engine)
        count = {engine: inside[f"queue_{engine.name}.count"] for engine in Engine}
        retired: dict[Engine, Value] = {
            engine: Value.cast(path.timeline.counts).word_select(int(engine), TIMELINE_BITS)[: self._bits]
            for engine in Engine
        }
        unfinished = fetch.active | any_of([begun[engine] != retired[engine] for engine in Engine])
        m.d.comb += Assume(~path.start | ~unfinished)

        # For each command that waits: its header, and the commands that come before it, the oldest first.
        waiting: dict[Engine, list[tuple[Value, Value, Value]]] = {}
        for engine in Engine:
            part, words = path.engines[engine], fetch.words[engine]
            first = words.valid & words.ready & (count[engine] == 0)
            places = [Signal(len(now), name=f"before_{engine.name}_{i}") for i in range(self._slots)]
            last = Signal(len(now), name=f"before_{engine.name}_queue")
            shift_in(m, places, last, part)
            with m.If(first):
                m.d.sync += [begun[engine].eq(begun[engine] + 1), last.eq(now)]
            m.d.comb += [
                Assume(~first | (begun[engine] != (1 << self._bits) - 1)),
                Assume(~first | self._backwards(Header(word[: Header.as_shape().size]), now)),
            ]
            assembled = Header(inside[f"queue_{engine.name}.record"][: Header.as_shape().size])
            waiting[engine] = [
                (part.held > place, Value.cast(part.headers[place]), places[place])
                for place in range(self._slots)
            ]
            waiting[engine].append((count[engine] != 0, Value.cast(assembled), last))
        with m.If(path.start & path.rewind):
            m.d.sync += [begun[engine].eq(0) for engine in Engine]

        steps = [fetch.active & (~present | inside["fetch.consumed"] | self._ends(inside, word))]
        for engine in Engine:
            part, queue = path.engines[engine], path.queues[engine]
            can_take = queue.command.valid & (part.held != self._slots)
            steps += [can_take, part.passed, part.running != 0]
        hungry = Signal()
        m.d.sync += hungry.eq(fetch.active & ~present)
        m.d.comb += [
            Assert(~unfinished | any_of(steps)),
            Assert(~(hungry & fetch.active) | present),
            Assert(~fetch.active | inside["fetch.prefetch.was_read"]),
            Assert(~present | (inside["fetch.prefetch.engine"] == engine_of(Value.cast(word)))),
        ]
        self._fetch_and_queues(m, inside, count)
        self._order(m, begun, retired, waiting)
        return m

    def _backwards(self, header: Any, before: Value) -> Value:
        """Whether a command waits for nothing but commands that come before it."""
        waits = (header.wait_matrix, header.wait_vector, header.wait_depthwise)
        return all_of(
            [wait[: self._bits] <= own for wait, own in zip(waits, self._parts(before), strict=True)]
        )

    def _parts(self, before: Value) -> list[Value]:
        return [before.word_select(int(engine), self._bits) for engine in Engine]

    def _ends(self, inside: dict[str, Signal], word: Value) -> Value:
        """Whether fetching ends in this cycle, if it is active."""
        opcode = Value.cast(word)[: Opcode.as_shape().width]
        known = any_of([opcode == engine.opcode.value for engine in Engine])
        return (inside["fetch.words_left"] == 0) & (inside["fetch.done"] | ~known)

    def _fetch_and_queues(self, m: Module, inside: dict[str, Signal], count: dict[Engine, Signal]) -> None:
        """A record that is half fetched is half assembled, in one queue."""
        left, route = inside["fetch.words_left"], inside["fetch.route"]
        m.d.comb += Assert(self._path.fetch.active | (left == 0))
        for engine in Engine:
            size = record_words(engine.opcode)
            half = (left != 0) & (route == 1 << engine)
            m.d.comb += Assert(
                Mux(half, count[engine] + left == size, (count[engine] == 0) | (count[engine] == size))
            )
            m.d.comb += Assert(~half | (count[engine] != 0))
        m.d.comb += Assert((left == 0) | any_of([route == 1 << engine for engine in Engine]))

    def _order(
        self,
        m: Module,
        begun: dict[Engine, Signal],
        retired: dict[Engine, Value],
        waiting: dict[Engine, list[tuple[Value, Value, Value]]],
    ) -> None:
        """Where each command that waits stands in the program."""
        for engine, entries in waiting.items():
            part = self._path.engines[engine]
            gone = retired[engine] + part.running
            m.d.comb += [
                Assert(begun[engine] == gone + part.held + entries[-1][0]),
                Assert(part.held <= self._slots),
            ]
            for place, (there, header, before) in enumerate(entries):
                ahead = part.held if place == self._slots else place
                own = self._parts(before)[int(engine)]
                m.d.comb += [
                    Assert(~there | (own == gone + ahead)),
                    Assert(~there | self._backwards(Header(header), before)),
                ]
                m.d.comb += [
                    Assert(~there | (part_before <= begun[other]))
                    for other, part_before in zip(Engine, self._parts(before), strict=True)
                ]
        for first, second in combinations(Engine, 2):
            for there, _, before in waiting[first]:
                for other_there, _, other_before in waiting[second]:
                    either = self._precedes(first, before, other_before) | self._precedes(
                        second, other_before, before
                    )
                    m.d.comb += Assert(~(there & other_there) | either)

    def _precedes(self, engine: Engine, before: Value, other: Value) -> Value:
        """Whether a command of ``engine`` comes first: all that comes before it, and itself, come before the other."""
        pairs = list(zip(self._parts(before), self._parts(other), strict=True))
        own, counted = pairs[int(engine)]
        return all_of([left <= right for left, right in pairs]) & (own < counted)
