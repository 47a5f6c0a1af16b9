"""Which regions of the scratchpad share bytes, for many regions at once."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.work import Region

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Extents:
    """Regions as arrays: each is ``run`` bytes, repeated every ``period`` bytes from ``start`` to before ``stop``.

    ``period`` is 0 for one run, and for a region of any other form, which is taken for all bytes from its first to its
    last. ``owners`` are numbers that say whose region each is.
    """

    owners: Numbers
    start: Numbers
    stop: Numbers
    period: Numbers
    run: Numbers

    @classmethod
    def of(cls, owned: Sequence[tuple[int, Region]]) -> "Extents":
        """Extents of regions with their owners."""
        rows = np.array([(owner, *_extent(region)) for owner, region in owned], np.int64)
        return cls(*rows.reshape(-1, 5).T)

    def __len__(self) -> int:
        return len(self.owners)

    def __getitem__(self, chosen: NDArray[np.bool_] | slice) -> "Extents":
        return Extents(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def may_overlap(self, other: "Extents") -> bool:
        """Whether the bytes from the first to the last of all regions meet."""
        if not len(self) or not len(other):
            return False
        return bool(self.start.min() < other.stop.max() and other.start.min() < self.stop.max())

    def overlap(self, other: "Extents") -> NDArray[np.bool_]:
        """Whether regions share a byte, for all pairs; it may say so of two that do not, but never the other way."""
        meet = (self.start[:, None] < other.stop) & (other.start < self.stop[:, None])
        first, second = np.nonzero(meet)  # few of all pairs, and only these are worth a division
        period = other.period[second]
        alike = (self.period[first] == period) & (period > 0)
        ahead = (other.start[second] - self.start[first]) % np.maximum(period, 1)
        apart = (ahead >= self.run[first]) & (ahead + other.run[second] <= period)
        meet[first, second] = ~(alike & apart)
        return meet


def _extent(region: Region) -> tuple[int, int, int, int]:
    """Start, stop, period and run of a region."""
    loops = [(step, count) for count, step in zip(region.shape, region.steps, strict=True) if count > 1]
    start = region.base + sum((count - 1) * step for step, count in loops if step < 0)
    stop = region.base + sum((count - 1) * step for step, count in loops if step > 0) + 1
    run, period = 1, 0
    for step, count in sorted((abs(step), count) for step, count in loops):
        if not period and step <= run:
            run += step * (count - 1)
        elif not period:
            period = step
        elif step % period:
            return start, stop, 0, stop - start
    return start, stop, period, run
