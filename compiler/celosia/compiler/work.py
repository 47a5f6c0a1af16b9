"""Work items: commands without waits, and what each reads and writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from celosia.rtl.command import Engine


@dataclass(frozen=True)
class Region:
    """Scratchpad bytes: ``base + sum(index * step)`` over a box of indices."""

    base: int
    shape: tuple[int, ...]
    steps: tuple[int, ...]


@dataclass(frozen=True)
class WorkItem:
    """One command of one engine, in program order, with everything that it conflicts with others over.

    ``half`` is the accumulator half that it fills or reads, of the engine ``summed_by``; ``cycles`` are those its
    front end issues in when nothing makes it wait.
    """

    engine: Engine
    fields: Mapping[str, int | Enum]
    layer: int
    cycles: int
    reads: tuple[Region, ...] = ()
    writes: tuple[Region, ...] = ()
    half: int | None = None
    summed_by: Engine | None = None

    def number(self, field: str) -> int:
        """A field of the command as it is encoded."""
        value = self.fields[field]
        return int(value.value if isinstance(value, Enum) else value)


@dataclass(frozen=True)
class Turn:
    """What is done with one half of an engine's accumulators before that half is free for something else.

    ``sums`` fill the half, then ``outputs`` empty it; which half it is, is decided when their turn comes. Until then
    their accumulator addresses are those in the lower half. Work without accumulators is a turn of one output.
    """

    sums: tuple[WorkItem, ...]
    outputs: tuple[WorkItem, ...]
