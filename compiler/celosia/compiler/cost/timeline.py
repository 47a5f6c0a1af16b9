"""Lets the commands of a program follow and wait for each other, as the engines do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from celosia.compiler.cost.conflicts import Arbiter
from celosia.compiler.cost.fetch import Fetch
from celosia.compiler.cost.stream import Stream
from celosia.compiler.cost.times import CommandTime
from celosia.compiler.cost.weight_port import WeightPort
from celosia.compiler.cost.work import START_CYCLES, CommandWork
from celosia.rtl.command import Engine

#: Later than anything happens.
NEVER = 1 << 62
#: Cycles that a slot spends in the buffer at least.
BUFFER_LATENCY = 1


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

    def __init__(
        self,
        engine: Engine,
        commands: Sequence[TimedCommand],
        *,
        port: WeightPort | None,
        holds: bool,
    ) -> None:
        self.engine = engine
        self._port = port
        self._holds = holds  # otherwise a command is in the queue until it has made its last slot
        self._left_queue = 0  # commands that have left the queue, as far as the fetch knows
        self.retired: list[int] = []
        self.times: list[CommandTime] = []
        self._commands = commands
        self._is_reading = port is not None and any(command.work.weight_reads for command in commands)
        self._taken = 0  # commands that have been taken
        self._offered = 0  # cycle in which the last one taken was offered
        self._handed = 0  # cycle in which the loader was given it
        self._first = 0  # cycle in which its first slot is ready for the buffer, if its waits are met
        self._entered = 0  # cycle in which the first slot of the last command planned enters the buffer
        self._last_entered = 0  # cycle in which the last slot of the last command finished entered it
        self._entry_free = 0  # cycle in which the buffer has room for another slot, if one is in it
        self._end = 0  # cycle after the last command's last slot
        self._load_end = 0  # cycle after the last weights have been read
        self._loads_from = -1  # cycle in which the last command went to work in the loader, or as good as
        self._run_free = 0  # cycle in which the loader has room for another command
        self._weights_free = 0  # cycle in which the shadow weights can be loaded again
        self._reads_known = 0  # commands of which it is known when their weights are read
        self._start = 0  # when the next command starts if it loses no conflict
        self._before_start = (0, 0, 0)
        self.next: Stream | None = None
        """The next command, if it is known when it starts."""

    @property
    def has_more(self) -> bool:
        """Whether there is a command to plan."""
        return self.next is None and len(self.times) < len(self._commands)

    def plan(self, fetch: Fetch, engines: Mapping[Engine, "EngineTimeline"]) -> bool:
        """Find out when the next command is taken and starts, as far as it is known; whether anything was found."""
        if self._is_reading:
            self._know_reads(fetch)
        found = self._take_ahead(fetch)
        if not self.has_more:
            return found
        command = self._commands[len(self.times)]
        allowed = 0
        for other, count in command.waits.items():
            if count:
                retired = engines[other].retired
                if count > len(retired):
                    return found
                allowed = max(allowed, retired[count - 1] + 1)
        if self._taken == len(self.times):
            return found
        self._start = self._starts(command, allowed)
        self.next = Stream(self.engine, command.work, self._start, self._contended)
        if self._is_reading:
            self._know_reads(fetch)
        return True

    def _take_ahead(self, fetch: Fetch) -> bool:
        """Take the next command, before its waits are met; whether it is known when."""
        if self._taken == len(self._commands):
            return False
        may_take = self._last_slot_enters()
        if may_take is None:
            return False
        command = self._commands[self._taken]
        if not self._holds and self._left_queue < self._taken:
            fetch.take(self.engine, may_take)
            self._left_queue += 1
        offered = fetch.offered(self.engine, command.words)
        if offered is None:
            return False
        self._offered = offered
        self._handed = max(offered, self._run_free)
        taken = max(self._handed, may_take)
        if self._holds:
            fetch.take(self.engine, taken)
        self._taken += 1
        self._first = taken + START_CYCLES - BUFFER_LATENCY
        return True

    def _last_slot_enters(self) -> int | None:
        """Cycle in which the last slot of the last command taken enters the buffer, if that is known."""
        if self._taken > len(self.times) + (self.next is not None):
            return None  # that command has not been planned
        if self.next is None:
            return self._last_entered
        return self._enters_last(self.next) if self.next.left <= 2 else None

    def _enters_last(self, stream: Stream) -> int:
        """The same for a command with two slots left at most: one enters when the one two before has left."""
        slots = stream.work.slots
        if slots > 2:
            return stream.before_last[2] + 1
        return self._entered if slots == 1 else max(self._entered + 1, self._end)

    def _starts(self, command: TimedCommand, allowed: int) -> int:
        """Let a command that has been taken start from cycle ``allowed`` on; return when it does."""
        # Weights load as soon as the loader has the command, whatever that waits for.
        loads_from = max(self._handed, self._load_end - 1)
        # MATRIX's loader has room for one more command, but does everything a cycle later.
        self._run_free = self._loads_from + 2 if self.engine is Engine.MATRIX else loads_from + 1
        self._loads_from = loads_from
        begins = max(loads_from + 1, self._weights_free)
        port = self._contended
        self._load_end = port.loaded(begins, command.work.load) if port else begins + command.work.load
        prepare = command.work.prepare
        first = max(self._first, self._end) + prepare if prepare else self._first
        self._entered = max(first, allowed, self._entry_free)
        start = max(self._entered + BUFFER_LATENCY, self._end, self._load_end)
        offered = max(self._end, self._offered)
        dependency = max(0, allowed - max(offered, first))
        empty = offered - self._end
        self._before_start = (empty, dependency, start - self._end - empty - dependency)
        return start

    @property
    def _contended(self) -> WeightPort | None:
        """The port, if another engine takes it from this one."""
        return self._port if self.engine is Engine.MATRIX else None

    def _know_reads(self, fetch: Fetch) -> None:
        """Tell the port when the next command's weights are read, as soon as that is known: whatever it waits for."""
        place = len(self.times) + (self.next is not None)
        if place < self._reads_known or place == len(self._commands):
            return
        command = self._commands[place]
        if self._port is None or not command.work.weight_reads:
            return
        handed = self._handed
        if place == self._taken:
            if not self._holds and self._left_queue < self._taken:
                return
            offered = fetch.offered(self.engine, command.words)
            if offered is None:
                return
            handed = max(offered, self._run_free)
        free = self._weights_free if self.next is None else self.next.pass_start
        self._port.take(max(handed + 1, free), command.work.weight_reads)
        self._reads_known = place + 1

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
        self._last_entered = self._enters_last(stream)
        self._entry_free = stream.before_last.get(1, self._end - 1) + 1
        self._end = end
        self.next = None


def run_commands(
    commands: Sequence[TimedCommand], *, queue_depth: int, fetch_stages: int
) -> tuple[CommandTime, ...]:
    """Times of a program's commands, in program order, on a machine with such queues and such a fetch.

    Raises ``ValueError`` if a command waits for a later one.
    """
    records = [(command.engine, command.words) for command in commands]
    fetch = Fetch(records, queue_depth=queue_depth, stages=fetch_stages)
    arbiter = Arbiter()
    port = WeightPort() if any(command.work.weight_reads for command in commands) else None
    engines = {
        engine: EngineTimeline(
            engine, [c for c in commands if c.engine is engine], port=port, holds=queue_depth > 0
        )
        for engine in Engine
    }
    active: list[Stream] = []
    now = 0
    while True:
        # Taking a command makes room in a queue, so that another engine's command may become known.
        while any(timeline.plan(fetch, engines) for timeline in engines.values()):
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
    """Let the active commands issue, but not beyond cycle ``until - 1``; return the cycle that comes next.

    Returns as soon as one of them has ended, or it is known when its engine can take the next.
    """
    readers = [stream for stream in active if stream.work.reads is not None]
    others = [stream for stream in active if stream.work.reads is None]
    if len(readers) == 1:
        readers, others = [], [*others, *readers]
    until = min([until, *(stream.pause(now) for stream in others)])
    if readers:
        until = arbiter.run(readers, now, until)
    for stream in others:
        stream.advance(now, until)
    return until
