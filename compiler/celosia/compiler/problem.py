"""What there is to schedule: items by number, the order that they must keep, and how long they take."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from celosia.compiler.conflicts import find_conflicts
from celosia.compiler.cost.engines import ENGINE_WORK
from celosia.compiler.cost.timeline import BUFFER_LATENCY
from celosia.compiler.work import Turn, WorkItem
from celosia.rtl.command import Engine, Function, record_words
from celosia.rtl.config import AcceleratorConfig


@dataclass(frozen=True, eq=False)
class Step:
    """A turn as numbers of items: first all ``sums``, then all ``outputs``."""

    layer: int
    engine: Engine
    sums: range
    outputs: range

    @cached_property
    def first(self) -> int:
        """The item that it begins with."""
        return self.sums[0] if self.sums else self.outputs[0]


@dataclass(frozen=True, eq=False)
class Problem:
    """Items, by number, and the steps that they belong to.

    Attributes
    ----------
    items
        All of them.
    before
        For each item, those that must come before it, beside what steps and strands say.
    strands
        Steps that keep their order: for each layer those with sums, and those without.
    lead
        Cycles from the retirement of what an item needs until it can issue.
    cycles
        Cycles that an item issues for, or that its command takes to be fetched if these are more.
    tail
        Cycles from the end of issuing until the item has retired.
    tables
        The table that an item looks up, if any.
    """

    items: tuple[WorkItem, ...]
    before: Sequence[frozenset[int]]
    strands: tuple[tuple[Step, ...], ...]
    lead: Sequence[int]
    cycles: Sequence[int]
    tail: Sequence[int]
    tables: Sequence[int | None]

    @classmethod
    def of(cls, layers: Sequence[Sequence[Turn]], config: AcceleratorConfig) -> "Problem":
        """The problem of scheduling all turns of all layers."""
        items: list[WorkItem] = []
        strands: list[tuple[Step, ...]] = []
        for number, turns in enumerate(layers):
            steps = []
            for turn in turns:
                sums = range(len(items), len(items) + len(turn.sums))
                outputs = range(sums.stop, sums.stop + len(turn.outputs))
                items += (*turn.sums, *turn.outputs)
                steps.append(Step(number, items[sums.start].engine, sums, outputs))
            strands.append(tuple(step for step in steps if step.sums))
            strands.append(tuple(step for step in steps if not step.sums))
        works = [ENGINE_WORK[item.engine](item.fields, config) for item in items]
        return cls(
            items=tuple(items),
            before=[frozenset(numbers) for numbers in find_conflicts(layers)],
            strands=tuple(strand for strand in strands if strand),
            lead=[BUFFER_LATENCY + work.prepare for work in works],
            cycles=[max(item.cycles, record_words(item.engine.opcode)) for item in items],
            tail=[work.retire - 1 for work in works],
            tables=[_table(item) for item in items],
        )


def _table(item: WorkItem) -> int | None:
    return item.number("parameter_base") if item.fields.get("function") is Function.TABLE else None
