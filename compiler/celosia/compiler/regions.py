"""Numbers kept per byte of scratchpad, addressed by regions."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.work import Region

Numbers = NDArray[np.int32]


def latest(numbers: Numbers, regions: Sequence[Region]) -> int:
    """The largest number of any byte of some regions; -1 if there are none."""
    return max((int(_view(numbers, region).max()) for region in regions), default=-1)


def mark(numbers: Numbers, regions: Sequence[Region], number: int) -> None:
    """Give every byte of some regions a number."""
    for region in regions:
        _view(numbers, region)[...] = number


def _view(numbers: Numbers, region: Region) -> Numbers:
    """The numbers of a region's bytes; NumPy raises if it leaves the memory."""
    size = numbers.itemsize
    return np.ndarray(
        region.shape,
        numbers.dtype,
        numbers,
        offset=region.base * size,
        strides=tuple(step * size for step in region.steps),
    )
