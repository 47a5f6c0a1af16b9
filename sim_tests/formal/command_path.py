"""The command path as the accelerator has it, with engines that move whenever they like."""

from itertools import pairwise

from amaranth.hdl import Cat, Module, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect

from celosia.rtl.command import PROGRAM_WORD_BITS, RECORDS, Engine, Header, Opcode
from celosia.rtl.control.fetch import CommandFetch
from celosia.rtl.control.queue import CommandQueue
from celosia.rtl.control.timeline import TIMELINE_LAYOUT, Timeline, TimelineGate


class AnyEngine(wiring.Component):
    """Takes commands in order, starts each when its waits are over, and retires what has started; at any pace.

    Parameters
    ----------
    opcode : Opcode
        What it executes.
    slots : int
        Commands that it can hold before they start: those that wait in a queue's memory, and one at its gate.
    bits : int
        Bits of the timeline's counts.

    Members
    -------
    command : In(stream)
        The commands.
    counts : In(TIMELINE_LAYOUT)
        The timeline.
    may_take, may_start, may_retire : In(1)
        It wants to in this cycle.
    taken, started, retired : Out(1)
        It does.
    passed : Out(1)
        The oldest command that it holds can start, if there is one.
    held, running : Out
        Commands that have not started, and those that have, but have not retired.
    headers : Out(ArrayLayout(Header, slots))
        Of the commands held, the oldest first.
    """

    def __init__(self, *, opcode: Opcode, slots: int, bits: int) -> None:
        self._slots = slots
        self._bits = bits
        super().__init__(
            {
                "command": In(stream.Signature(RECORDS[opcode])),
                "counts": In(TIMELINE_LAYOUT),
                "may_take": In(1),
                "may_start": In(1),
                "may_retire": In(1),
                "taken": Out(1),
                "started": Out(1),
                "retired": Out(1),
                "passed": Out(1),
                "held": Out(range(slots + 1)),
                "running": Out(bits),
                "headers": Out(data.ArrayLayout(Header, slots)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """A queue of headers, and a count."""
        m = Module()
        m.submodules.gate = gate = TimelineGate(bits=self._bits)
        m.d.comb += [
            gate.header.eq(self.headers[0]),
            gate.counts.eq(self.counts),
            self.passed.eq(gate.passed & (self.held != 0)),
            self.command.ready.eq(self.may_take & (self.held != self._slots)),
            self.taken.eq(self.command.valid & self.command.ready),
            self.started.eq(self.may_start & self.passed),
            self.retired.eq(self.may_retire & (self.running != 0)),
        ]
        m.d.sync += [
            self.held.eq(self.held + self.taken - self.started),
            self.running.eq(self.running + self.started - self.retired),
        ]
        shift_in(m, list(self.headers), self.command.payload.header, self)
        return m


def shift_in(m: Module, entries: list[Value], entry: Value, engine: AnyEngine) -> None:
    """Move entries as ``engine`` moves its headers, and put ``entry`` where its next one goes."""
    with m.If(engine.started):
        m.d.sync += [older.eq(younger) for older, younger in pairwise(entries)]
    with m.If(engine.taken), m.Switch(engine.held - engine.started):
        for place, target in enumerate(entries):
            with m.Case(place):
                m.d.sync += target.eq(entry)


class CommandPath(wiring.Component):
    """Fetch, the queues, the timeline, and engines that do as they like.

    Parameters
    ----------
    slots, bits : int
        As for :class:`AnyEngine`.

    Members
    -------
    start, rewind, limit, read_data
        As fetch has them.
    may_take, may_start, may_retire : In(len(Engine))
        As the engines have them.
    """

    def __init__(self, *, slots: int, bits: int) -> None:
        self.fetch = CommandFetch(address_width=4, depthwise=True)
        self.queues = {engine: CommandQueue(opcode=engine.opcode, depth=0) for engine in Engine}
        self.engines = {engine: AnyEngine(opcode=engine.opcode, slots=slots, bits=bits) for engine in Engine}
        self.timeline = Timeline(bits=bits)
        wishes = dict.fromkeys(("may_take", "may_start", "may_retire"), In(len(Engine)))
        super().__init__(
            {
                "start": In(1),
                "rewind": In(1),
                "limit": In(32),
                "read_data": In(PROGRAM_WORD_BITS),
                **wishes,
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Connect them as the accelerator does."""
        m = Module()
        m.submodules.fetch = fetch = self.fetch
        m.submodules.timeline = timeline = self.timeline
        m.d.comb += [
            fetch.start.eq(self.start),
            fetch.rewind.eq(self.rewind),
            fetch.limit.eq(self.limit),
            fetch.read_data.eq(self.read_data),
            timeline.clear.eq(self.start & self.rewind),
            timeline.retired.eq(Cat(self.engines[engine].retired for engine in Engine)),
        ]
        for engine in Engine:
            queue, part = self.queues[engine], self.engines[engine]
            m.submodules[f"queue_{engine.name}"] = queue
            m.submodules[f"engine_{engine.name}"] = part
            connect(m, fetch.words[engine], queue.words)
            connect(m, queue.command, part.command)
            m.d.comb += [
                part.counts.eq(timeline.counts),
                part.may_take.eq(self.may_take[engine]),
                part.may_start.eq(self.may_start[engine]),
                part.may_retire.eq(self.may_retire[engine]),
            ]
        return m
