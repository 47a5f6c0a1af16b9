"""Element-wise work on tensors of any rank, as loop nests of three levels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

LARGEST_LOOP = (1 << 16) - 1  # block_rows, block_cols
LARGEST_COL_STEP = (1 << 20) - 1
LARGEST_ROW_STEP = (1 << 24) - 1
LARGEST_RUN = (1 << 24) - 1  # channels


@dataclass(frozen=True)
class StridedNest:
    """``rows`` x ``cols`` runs of ``channels`` bytes; per operand the offset, row step and column step."""

    rows: int
    cols: int
    channels: int
    operands: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class _Loop:
    count: int
    steps: tuple[int, ...]


def dense_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Bytes from one index to the next along each axis of a dense int8 tensor."""
    strides = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    return tuple(strides)


def broadcast_strides(shape: Sequence[int], to: Sequence[int]) -> tuple[int, ...]:
    """Strides of a dense tensor read as if it had the shape ``to``, by NumPy's rules."""
    missing = len(to) - len(shape)
    own = (0,) * missing + dense_strides(shape)
    extents = (1,) * missing + tuple(shape)
    return tuple(0 if extent == 1 else step for extent, step in zip(extents, own, strict=True))


def strided_nests(shape: Sequence[int], *strides: Sequence[int]) -> Iterator[StridedNest]:
    """Nests that visit each index of ``shape`` once, with the address of each operand from its strides.

    Axes that are contiguous for all operands become one; the innermost run of consecutive bytes becomes
    the channels, two more axes rows and columns, and the rest nests of their own.
    """
    loops = _merged(
        [
            _Loop(count, tuple(operand[axis] for operand in strides))
            for axis, count in enumerate(shape)
            if count > 1
        ]
    )
    channels = 1
    if loops and all(step == 1 for step in loops[-1].steps) and loops[-1].count <= LARGEST_RUN:
        channels = loops.pop().count
    cols = _take(loops, LARGEST_COL_STEP, len(strides))
    rows = _take(loops, LARGEST_ROW_STEP, len(strides))
    for indices in product(*(range(loop.count) for loop in loops)):
        for first_row, row_count in _pieces(rows.count):
            for first_col, col_count in _pieces(cols.count):
                yield StridedNest(
                    row_count,
                    col_count,
                    channels,
                    tuple(
                        (
                            sum(
                                index * loop.steps[operand]
                                for index, loop in zip(indices, loops, strict=True)
                            )
                            + first_row * rows.steps[operand]
                            + first_col * cols.steps[operand],
                            rows.steps[operand],
                            cols.steps[operand],
                        )
                        for operand in range(len(strides))
                    ),
                )


def _merged(loops: list[_Loop]) -> list[_Loop]:
    merged: list[_Loop] = []
    for loop in loops:
        if merged and merged[-1].steps == tuple(step * loop.count for step in loop.steps):
            loop = _Loop(merged.pop().count * loop.count, loop.steps)
        merged.append(loop)
    return merged


def _take(loops: list[_Loop], largest_step: int, operands: int) -> _Loop:
    """The innermost remaining loop if its steps fit; otherwise a loop of one turn."""
    if loops and max(loops[-1].steps) <= largest_step:
        return loops.pop()
    return _Loop(1, (0,) * operands)


def _pieces(count: int) -> Iterator[tuple[int, int]]:
    for first in range(0, count, LARGEST_LOOP):
        yield first, min(LARGEST_LOOP, count - first)
