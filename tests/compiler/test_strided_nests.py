"""Loop nests visit each index once, at the right addresses."""

import numpy as np
import pytest

from celosia.compiler.strided_nests import (
    LARGEST_COL_STEP,
    LARGEST_LOOP,
    StridedNest,
    broadcast_strides,
    dense_strides,
    strided_nests,
)


def addresses(nest: StridedNest) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """(operand, element) in the order that the machine visits them."""
    y, x, channel = np.indices((nest.rows, nest.cols, nest.channels)).reshape(3, -1)
    return np.stack(
        [offset + y * row_step + x * col_step + channel for offset, row_step, col_step in nest.operands]
    )


def visited(shape: tuple[int, ...], *strides: tuple[int, ...]) -> list[tuple[int, ...]]:
    parts = [addresses(nest) for nest in strided_nests(shape, *strides)]
    return sorted(map(tuple, np.concatenate(parts, axis=1).T.tolist()))


def expected(shape: tuple[int, ...], *strides: tuple[int, ...]) -> list[tuple[int, ...]]:
    return sorted(
        tuple(sum(i * step for i, step in zip(index, operand, strict=True)) for operand in strides)
        for index in np.ndindex(*shape)
    )


@pytest.mark.parametrize("case", range(40))
def test_random_broadcasts(case: int, rng: np.random.Generator) -> None:
    shape = tuple(int(extent) for extent in rng.integers(1, 5, rng.integers(0, 6)))
    reduced = tuple(extent if rng.random() < 0.6 else 1 for extent in shape)
    operands = (
        broadcast_strides(shape, shape),
        broadcast_strides(reduced[int(rng.integers(len(shape) + 1)) :], shape),
        dense_strides(shape),
    )
    assert visited(shape, *operands) == expected(shape, *operands), f"case {case}: {shape} {reduced}"


def test_dense_tensors_are_one_run() -> None:
    strides = dense_strides((3, 4, 5, 6))
    assert list(strided_nests((3, 4, 5, 6), strides, strides)) == [
        StridedNest(1, 1, 360, ((0, 0, 0), (0, 0, 0)))
    ]


def test_loops_beyond_their_fields_are_cut() -> None:
    count = LARGEST_LOOP + 3
    nests = list(strided_nests((count,), (2,), (2,)))
    assert [nest.cols for nest in nests] == [LARGEST_LOOP, 3]
    assert visited((count,), (2,), (2,)) == expected((count,), (2,), (2,))


def test_wide_column_steps_become_rows() -> None:
    step = LARGEST_COL_STEP + 1
    (nest,) = strided_nests((3, 4), (step, 1), (step, 1))
    assert (nest.rows, nest.cols, nest.channels) == (3, 1, 4)
