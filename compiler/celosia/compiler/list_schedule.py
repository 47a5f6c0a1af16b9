"""When each item starts, if every engine, once it is free, takes the best of what it could do then.

A simulation of the engines in the order of time. It knows dependences and accumulators, but no queues of commands
and no conflicts for scratchpad banks.
"""

from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from celosia.compiler.cost.vector import TABLE_ENTRIES
from celosia.compiler.problem import Problem, Step
from celosia.rtl.command import Engine


class Preference(Enum):
    """What MATRIX does of the turns that it could begin at the same time."""

    EARLIEST_LAYER = "earliest layer"
    """That of the earliest layer."""
    FEED_VECTOR = "feed VECTOR"
    """While VECTOR has little to do, the one with most to requantise for each cycle of sums; else as above."""


#: Engines with accumulators.
SUMMING = (Engine.MATRIX, Engine.DEPTHWISE)
#: VECTOR has little to do if that takes fewer cycles.
LITTLE = 450


@dataclass(frozen=True, eq=False)
class Schedule:
    """Items in the order in which they start, when that is, the accumulator half of each, and the end of it all."""

    order: tuple[int, ...]
    starts: tuple[int, ...]
    halves: tuple[int | None, ...]
    end: int


@dataclass(eq=False)
class _OpenTurn:
    """A step whose sums have been issued, the next of its outputs, and the first cycle in which that could start."""

    step: Step
    half: int
    next: int
    earliest: int


class _Choice(NamedTuple):
    """Something that an engine could do next: begin the next step of a strand, or go on with an open turn."""

    start: int
    engine: Engine
    item: int
    step: Step
    half: int | None
    strand: int | None
    turn: _OpenTurn | None


def list_schedule(problem: Problem, preference: Preference) -> Schedule:
    """Schedule everything; the same problem always gives the same schedule.

    A turn begins only when all that its items need has been issued, so that no turn can hold accumulators
    that something else must have first. What its later sums need may still be under way then.
    """
    return _Simulation(problem, preference).run()


class _Simulation:
    def __init__(self, problem: Problem, preference: Preference) -> None:
        self._problem = problem
        self._preference = preference
        self._order: list[int] = []
        self._start = [0] * len(problem.items)
        self._retired: list[int | None] = [None] * len(problem.items)
        self._half: list[int | None] = [None] * len(problem.items)
        self._free = dict.fromkeys(Engine, 0)
        self._half_free = {engine: [0, 0] for engine in SUMMING}
        # The half of each engine's accumulators that is free first, of those that no open turn has.
        self._next_half: dict[Engine, int | None] = dict.fromkeys(SUMMING, 0)
        self._open: dict[Engine, list[_OpenTurn]] = {engine: [] for engine in Engine}
        self._table: int | None = None
        self._position = [0] * len(problem.strands)
        # Strands whose next step could begin: that step, and the first cycle in which it could, halves aside.
        self._ready: dict[int, tuple[Step, int]] = {}
        # Strands that wait for an item to be issued.
        self._blocked: defaultdict[int, list[int]] = defaultdict(list)

    def run(self) -> Schedule:
        for strand in range(len(self._problem.strands)):
            self._look_at(strand)
        while choices := [*self._beginnings(), *self._continuations()]:
            first = min(choices, key=lambda choice: choice.start)
            rivals = [c for c in choices if c.engine is first.engine and c.start == first.start]
            self._take(rivals[0] if len(rivals) == 1 else min(rivals, key=self._rank))
        retired = [cycle for cycle in self._retired if cycle is not None]
        if len(retired) < len(self._retired):
            raise ValueError("the order that items must keep has a cycle")
        return Schedule(tuple(self._order), tuple(self._start), tuple(self._half), max(retired, default=0))

    def _look_at(self, strand: int) -> None:
        """Find out whether a strand's next step could begin, or what it waits for."""
        steps = self._problem.strands[strand]
        if self._position[strand] == len(steps):
            return
        step = steps[self._position[strand]]
        for item in range(step.first, step.outputs.stop):
            for other in self._problem.before[item]:
                if step.first > other and self._retired[other] is None:
                    self._blocked[other].append(strand)
                    return
        self._ready[strand] = step, self._earliest(step.first)

    def _earliest(self, item: int, *after: int) -> int:
        """First cycle in which an item could start, as far as it needs others, ``after`` among them."""
        needs = (*after, *self._problem.before[item])
        return max((self._retired_at(other) + 1 for other in needs), default=0) + self._problem.lead[item]

    def _beginnings(self) -> list[_Choice]:
        choices = []
        for strand, (step, earliest) in self._ready.items():
            engine, first, half = step.engine, step.first, None
            if step.sums:
                half = self._next_half[engine]
                if half is None:
                    continue
                earliest = max(earliest, self._half_free[engine][half] + 1 + self._problem.lead[first])
            start = max(self._free[engine], earliest)
            if self._problem.tables[first] not in (None, self._table):
                start += TABLE_ENTRIES
            choices.append(_Choice(start, engine, first, step, half, strand, None))
        return choices

    def _choose_half(self, engine: Engine) -> None:
        taken = [turn.half for turn in self._open[engine]]
        free = [half for half in (0, 1) if half not in taken]
        self._next_half[engine] = min(free, key=self._half_free[engine].__getitem__, default=None)

    def _continuations(self) -> list[_Choice]:
        """Outputs that could be next; of a layer's turns, the first one's, since a layer's outputs keep their order."""
        choices = []
        free = self._free[Engine.VECTOR]
        for turns in self._open.values():
            for place, turn in enumerate(turns):
                if place and turns[0].step.layer == turn.step.layer:
                    continue
                start = max(free, turn.earliest)
                choices.append(_Choice(start, Engine.VECTOR, turn.next, turn.step, turn.half, None, turn))
        return choices

    def _rank(self, choice: _Choice) -> tuple[float, int, int]:
        """What comes first among choices of the same engine and cycle has the lowest rank."""
        urgency = 0.0
        feeds = choice.engine is Engine.MATRIX and self._preference is Preference.FEED_VECTOR
        if feeds and self._vector_backlog() < LITTLE:
            sums, outputs = (
                sum(self._problem.cycles[item] for item in items)
                for items in (choice.step.sums, choice.step.outputs)
            )
            urgency = -outputs / sums
        return urgency, choice.step.layer, choice.item

    def _vector_backlog(self) -> int:
        """Cycles that VECTOR still needs, at the time MATRIX is free, for what has been summed."""
        backlog = max(0, self._free[Engine.VECTOR] - self._free[Engine.MATRIX])
        for turns in self._open.values():
            backlog += sum(self._problem.cycles[i] for t in turns for i in range(t.next, t.step.outputs.stop))
        return backlog

    def _take(self, choice: _Choice) -> None:
        step, half = choice.step, choice.half
        if choice.turn is not None:
            turn = choice.turn
            self._issue(turn.next, choice.start, half)
            turn.next += 1
            if turn.next == step.outputs.stop:
                self._open[step.engine].remove(turn)
                self._half_free[step.engine][turn.half] = self._retired_at(turn.next - 1)
                self._choose_half(step.engine)
            else:
                turn.earliest = self._earliest(turn.next, step.sums[-1])
            return
        if choice.strand is None:
            raise ValueError("a choice must be of a strand or an open turn")
        self._position[choice.strand] += 1
        del self._ready[choice.strand]
        self._issue(step.first, choice.start, half)
        for item in step.sums[1:]:
            self._issue(item, max(self._earliest(item), self._free[step.engine]), half)
        if half is not None:
            output = step.outputs.start
            turn = _OpenTurn(step, half, output, self._earliest(output, step.sums[-1]))
            self._open[step.engine].append(turn)
            self._choose_half(step.engine)
        self._look_at(choice.strand)

    def _issue(self, item: int, start: int, half: int | None) -> None:
        end = start + self._problem.cycles[item]
        self._order.append(item)
        if self._problem.tables[item] is not None:
            self._table = self._problem.tables[item]
        self._start[item] = start
        self._half[item] = half
        self._retired[item] = end + self._problem.tail[item]
        self._free[self._problem.items[item].engine] = end
        for strand in self._blocked.pop(item, ()):
            self._look_at(strand)

    def _retired_at(self, item: int) -> int:
        cycle = self._retired[item]
        if cycle is None:
            raise ValueError(f"item {item} must have been issued")
        return cycle
