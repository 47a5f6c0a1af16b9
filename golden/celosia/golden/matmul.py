"""Exact integer matrix products."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from celosia.golden.requantization import Integers

EXACT_FLOAT_BITS = 53  # float64 holds every integer of this magnitude


def matmul(activations: ArrayLike, weights: ArrayLike, psums: ArrayLike = 0, *, width: int = 32) -> Integers:
    """``activations @ weights + psums`` in two's complement of ``width`` bits.

    What every compute unit does in hardware: ``activations`` are (..., K), ``weights`` (K, N), ``psums``
    broadcast to (..., N). Raises ``ValueError`` if ``width`` is not in 1 .. 63.
    """
    return wrap(exact_product(np.asarray(activations), np.asarray(weights)) + np.asarray(psums), width)


def wrap(value: ArrayLike, width: int) -> Integers:
    """The signed number that the lowest ``width`` bits of ``value`` stand for.

    Raises ``ValueError`` if ``width`` is not in 1 .. 63.
    """
    if not 1 <= width <= 63:
        raise ValueError(f"width must be in 1..63, not {width!r}")
    half = np.int64(1 << width - 1)
    mask = np.int64((1 << width) - 1)
    result: Integers = ((np.asarray(value, np.int64) + half) & mask) - half
    return result


def exact_product(left: NDArray[np.integer], right: NDArray[np.integer]) -> Integers:
    """``left @ right`` in 64-bit integers, by floating point where its sums are provably exact.

    Floating-point products run in BLAS, two orders of magnitude faster than NumPy's integer ones.
    """
    largest = left.shape[-1] * _magnitude(left) * _magnitude(right)
    if largest < 1 << EXACT_FLOAT_BITS:
        return np.rint(left.astype(np.float64) @ right.astype(np.float64)).astype(np.int64)
    result: Integers = left.astype(np.int64) @ right.astype(np.int64)
    return result


def _magnitude(values: NDArray[np.integer]) -> int:
    if not values.size:
        return 0
    return max(abs(int(values.min())), abs(int(values.max())))
