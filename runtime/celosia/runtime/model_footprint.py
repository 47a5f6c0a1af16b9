"""What one executed command touched: the model's engines report it, the hazard checker judges it."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.device import DeviceError

ADDRESS_MASK = (1 << 24) - 1
"""Scratchpad addresses wrap here."""

NOTHING: NDArray[np.int64] = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Footprint:
    """Scratchpad bytes (each address perhaps several times) and accumulator halves of a command.

    ``summed_by`` is the engine whose accumulators the halves belong to.
    ``read_turns`` and ``write_turns`` give each access's place in the command's order of elements; only
    commands that both read and write the scratchpad need them.
    """

    reads: NDArray[np.int64] = field(default_factory=NOTHING.copy)
    writes: NDArray[np.int64] = field(default_factory=NOTHING.copy)
    read_turns: NDArray[np.int64] = field(default_factory=NOTHING.copy)
    write_turns: NDArray[np.int64] = field(default_factory=NOTHING.copy)
    halves: frozenset[int] = frozenset()
    summed_by: Engine = Engine.MATRIX


def checked_addresses(addresses: NDArray[np.int64], size: int, what: str) -> NDArray[np.int64]:
    """Scratchpad addresses after wrapping; raises :class:`DeviceError` if one lies beyond the memory."""
    wrapped = addresses & ADDRESS_MASK
    if wrapped.size and int(wrapped.max()) >= size:
        raise DeviceError(f"{what} scratchpad byte {int(wrapped.max())}, which lies beyond its {size} bytes")
    return wrapped


def checked_range(first: int, count: int, size: int, what: str) -> None:
    """Raise :class:`DeviceError` unless ``count`` items from ``first`` on lie in a memory of ``size``."""
    if first < 0 or first + count > size:
        raise DeviceError(f"{what} {first}..{first + count - 1}, but there are {size}")


def checked_counts(fields: dict[str, int], *names: str) -> None:
    """Raise :class:`DeviceError` for a loop that would run zero times."""
    for name in names:
        if not fields[name]:
            raise DeviceError(f"{name} must be at least 1, not 0")


def accumulator_halves(depth: int, first: int, last: int) -> frozenset[int]:
    """Halves (0 lower, 1 upper) of accumulators of ``depth`` entries that entries ``first`` to ``last`` lie in."""
    return frozenset({int(first >= depth // 2), int(last >= depth // 2)})


def wrapped_sums(config: AcceleratorConfig, sums: NDArray[np.int64]) -> NDArray[np.int64]:
    """What accumulators keep of sums."""
    half = config.accumulator_width - 1
    return ((sums + (1 << half)) & ((1 << half + 1) - 1)) - (1 << half)
