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
