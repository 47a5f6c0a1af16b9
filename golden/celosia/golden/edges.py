"""Operators at the edges of a network, and the one that only moves data: quantise, dequantise, pad."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from celosia.golden.requantization import Affine


def quantize(real: NDArray[np.float32], output: Affine) -> NDArray[np.int8]:
    """float32 to int8 ``QUANTIZE``: single-precision division, halves away from zero, saturating.

    Raises ``ValueError`` if an element is not a number.
    """
    if np.isnan(real).any():
        raise ValueError("real must not contain NaN")
    with np.errstate(over="ignore"):
        quotient = (real.astype(np.float32) / np.float32(output.scale)).astype(np.float64)
    rounded = np.copysign(np.floor(np.abs(quotient) + 0.5), quotient)
    result: NDArray[np.int8] = np.clip(rounded + output.zero_point, -128, 127).astype(np.int8)
    return result


def dequantize(source: NDArray[np.int8], quantization: Affine) -> NDArray[np.float32]:
    """int8 to float32 ``DEQUANTIZE``."""
    centred = source.astype(np.float32) - np.float32(quantization.zero_point)
    real: NDArray[np.float32] = np.float32(quantization.scale) * centred
    return real


def pad(source: NDArray[np.int8], paddings: Sequence[tuple[int, int]], *, zero: int) -> NDArray[np.int8]:
    """``PAD``: one (before, after) pair an axis, filled with the zero point."""
    return np.pad(source, tuple(paddings), constant_values=zero)
