"""Which work items must keep their order: those of which one writes bytes that the other touches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from celosia.compiler.extents import Extents, Numbers
from celosia.compiler.work import Turn, WorkItem
from celosia.rtl.command import Engine

LARGEST_COMPARISON = 1 << 20  # pairs of regions


@dataclass(frozen=True, eq=False)
class _Layer:
    """What a layer touches, and the last item of each kind that writes."""

    reads: Extents
    writes: Extents
    last_writers: frozenset[int]


def find_conflicts(layers: Sequence[Sequence[Turn]]) -> list[set[int]]:
    """For each item, earlier ones that must come before it; items are numbered through all turns of all layers.

    Of items that keep their order anyway (those of a layer that are of one kind: sums, their requantisations, or
    other work of VECTOR) only the last is named. An item that overwrites another layer's output comes after all of
    that layer, so that every layer's output is whole once.
    """
    items = [item for layer in layers for turn in layer for item in (*turn.sums, *turn.outputs)]
    kinds = np.array([_kind(item) for item in items], np.int64)
    before: list[set[int]] = [set() for _ in items]
    seen: list[_Layer] = []
    first = 0
    for turns in layers:
        count = sum(len(turn.sums) + len(turn.outputs) for turn in turns)
        layer = _layer(items, range(first, first + count), kinds)
        first += count
        for earlier in seen:
            _add(before, layer.reads, earlier.writes, kinds)
            _add(before, layer.writes, earlier.reads, kinds)
            if layer.writes.may_overlap(earlier.writes):
                for part in _parts(layer.writes, len(earlier.writes)):
                    meets = part.overlap(earlier.writes).any(axis=1)
                    for item in part.owners[meets].tolist():
                        before[item] |= earlier.last_writers
        for later, sooner in (
            (layer.reads, layer.writes),
            (layer.writes, layer.reads),
            (layer.writes, layer.writes),
        ):
            for kind in np.unique(kinds[sooner.owners]):
                of_kind = kinds[sooner.owners] == kind
                _add(before, later[kinds[later.owners] != kind], sooner[of_kind], kinds)
        seen.append(layer)
    return before


def _kind(item: WorkItem) -> int:
    if item.engine is not Engine.VECTOR:
        return 0
    return 2 if item.summed_by is None else 1


def _layer(items: Sequence[WorkItem], numbers: range, kinds: Numbers) -> _Layer:
    writers = {int(kinds[number]): number for number in numbers if items[number].writes}
    return _Layer(
        Extents.of([(number, region) for number in numbers for region in items[number].reads]),
        Extents.of([(number, region) for number in numbers for region in items[number].writes]),
        frozenset(writers.values()),
    )


def _add(before: list[set[int]], later: Extents, earlier: Extents, kinds: Numbers) -> None:
    """Name, for each of the later regions, the last item of each kind that touches its bytes earlier."""
    if not later.may_overlap(earlier):
        return
    for part in _parts(later, len(earlier)):
        overlap = part.overlap(earlier) & (earlier.owners < part.owners[:, None])
        for kind in np.unique(kinds[earlier.owners]):
            last = np.where(overlap & (kinds[earlier.owners] == kind), earlier.owners, -1).max(axis=1)
            for item, other in zip(part.owners.tolist(), last.tolist(), strict=True):
                if other >= 0:
                    before[item].add(other)


def _parts(extents: Extents, others: int) -> Iterator[Extents]:
    """Extents in parts, so that comparing one with ``others`` takes little memory."""
    size = max(1, LARGEST_COMPARISON // max(1, others))
    for first in range(0, len(extents), size):
        yield extents[first : first + size]
