"""Lets the commands of a program follow and wait for each other, as the engines do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from celosia.compiler.cost.conflicts import Arbiter
from celosia.compiler.cost.fetch import Fetch
from celosia.compiler.cost.stream import Stream
from celosia.compiler.cost.times import CommandTime
from celosia.compiler.cost.work import CommandWork
from celosia.rtl.command import Engine

#: Later than anything happens.
NEVER = 1 << 62


@dataclass(frozen=True, eq=False)
class TimedCommand:
    """A command: its engine, its program words, its work, and how many of each engine's commands it waits for."""

    engine: Engine
    words: int
    work: CommandWork
    waits: Mapping[Engine, int]


class EngineTimeline:
    """One engine: what it has done, and when it can do its next command.

    Attributes
    ----------
    retired
        When each command so far retires.
    times
        What became of each command that has issued everything.
    """

    def __init__(self, engine: Engine, commands: Sequence[TimedCommand]) -> None:
        self.engine = engine
        self.retired: list[int] = []
        self.times: list[CommandTime] = []
        self._commands = commands
        self._end = 0  # cycle after the last command's last slot
        self._may_take = 0  # cycle in which the engine can take its next command at the earliest
        self._taken = 0  # cycle in which the last command was taken
        self._load_end = 0  # cycle after the last weights have been read
        self._weights_free = 0  # cycle in which the shadow weights can be loaded again
        self._start = 0  # when the next command starts if it loses no conflict
        self._before_start = (0, 0, 0)
        self.next: Stream | None = None
        """The next command, if it is known when it starts."""

    @property
    def has_more(self) -> bool:
        """Whether there is a command to plan."""
        return self.next is None and len(self.times) < len(self._commands)

    def plan(self, fetch: Fetch, engines: Mapping[Engine, "EngineTimeline"]) -> bool:
        """Find out when the next command starts, if everything that it depends on is known; whether it is."""
        command = self._commands[len(self.times)]
        work = command.work
        offered = fetch.offered(self.engine, command.words)
        if offered is None:
            return False
        allowed = offered
        for other, count in command.waits.items():
            if count:
                retired = engines[other].retired
                if count > len(retired):
                    return False
                allowed = max(allowed, retired[count - 1] + 1)
        # Weights load as soon as the record is there, whatever the command waits for.
        loads_from = max(offered, self._load_end - 1)
        taken = max(allowed, self._may_take, loads_from if work.load else 0)
        self._load_end = max(loads_from + 1, self._weights_free) + work.load
        start = max(taken + work.take, self._end, self._load_end if work.load else 0)
        fetch.take(self.engine, taken)
        self._taken = taken

        empty_until = max(self._end, offered)
        dependency_until = max(empty_until, allowed)
        empty = empty_until - self._end
        if work.last_taking_cycle_is_idle and taken >= self._end:
            empty, dependency_until = empty + 1, dependency_until + 1
        self._before_start = (
            empty,
            dependency_until - self._end - empty,
            start - dependency_until,
        )
        self._start = start
        self.next = Stream(self.engine, work, start)
        return True

    def finish(self, stream: Stream, end: int) -> None:
        """The command under way has issued its last slot in the cycle before ``end``."""
        work = stream.work
        empty, dependency, operands = self._before_start
        self.times.append(
            CommandTime(
                engine=self.engine,
                start=stream.start,
                end=end,
                retired=end - 1 + work.retire,
                busy=work.slots,
                empty=empty,
                dependency=dependency,
                operands=operands,
                reload=end - self._start - work.slots - stream.lost,
                bank=stream.lost,
            )
        )
        self.retired.append(end - 1 + work.retire)
        if work.load:
            self._weights_free = stream.last_pass_start(end)
            self._load_end = max(self._load_end, self._weights_free)
        self._end = end
        # With a register for the slot on offer, the loops are done once the last slot is there.
        early = work.early and work.early + stream.wait_of_last()
        self._may_take = end - 1 - early if work.slots > 1 or not early else self._taken + 1
        self.next = None


def run_commands(commands: Sequence[TimedCommand], *, queue_depth: int) -> tuple[CommandTime, ...]:
    """Times of a program's commands, in program order, on a machine with queues of ``queue_depth``.

    Raises ``ValueError`` if a command waits for a later one.
    """
    fetch = Fetch([(command.engine, command.words) for command in commands], queue_depth=queue_depth)
    arbiter = Arbiter()
    engines = {
        engine: EngineTimeline(engine, [c for c in commands if c.engine is engine]) for engine in Engine
    }
    active: list[Stream] = []
    now = 0
    while True:
        # Taking a command makes room in a queue, so that another engine's command may become known.
        while any(timeline.has_more and timeline.plan(fetch, engines) for timeline in engines.values()):
            pass
        waiting = [t.next for t in engines.values() if t.next is not None and t.next not in active]
        if not active:
            if not waiting:
                break
            now = min(stream.start for stream in waiting)
        active += [stream for stream in waiting if stream.start <= now]
        until = min((stream.start for stream in waiting if stream.start > now), default=NEVER)
        now = _issue(arbiter, active, now, until)
        for stream in active:
            if not stream.left:
                engines[stream.engine].finish(stream, now)
        active = [stream for stream in active if stream.left]
    if any(timeline.has_more for timeline in engines.values()):
        raise ValueError("a command waits for a later one")
    queues = {engine: iter(timeline.times) for engine, timeline in engines.items()}
    return tuple(next(queues[command.engine]) for command in commands)


def _issue(arbiter: Arbiter, active: Sequence[Stream], now: int, until: int) -> int:
    """Let the active commands issue until one of them has ended, or to before cycle ``until``; return that cycle."""
    readers = [stream for stream in active if stream.work.reads is not None]
    others = [stream for stream in active if stream.work.reads is None]
    if len(readers) == 1:
        readers, others = [], [*others, *readers]
    until = min([until, *(stream.end(now) for stream in others)])
    if readers:
        until = arbiter.run(readers, now, until)
    for stream in others:
        stream.advance(now, until)
    return until
