"""Real scales as integer multipliers and shifts, and accumulators scaled by them."""

import enum
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Integers = NDArray[np.int64]

MULTIPLIER_FRACTION_BITS = 31
SMALLEST_SHIFT = -31
LARGEST_SHIFT = 30


class Rounding(enum.Enum):
    """How :func:`requantize` rounds. TFLite Micro's kernels use ``DOUBLE`` throughout."""

    DOUBLE = "double"
    """Half up where the multiplier's fraction ends, then half away from zero where the right shift ends."""
    SINGLE = "single"
    """Half up, once, where the result ends."""


def round_half_away(value: float) -> int:
    """The nearest integer, halves away from zero, as C's ``round``."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def quantize_multiplier(real: float) -> tuple[int, int]:
    """``(multiplier, shift)`` with ``real`` close to ``multiplier * 2**(shift - 31)``.

    ``multiplier`` is in 2^30 .. 2^31 - 1, or zero for a ``real`` of zero or below 2^-32; ``shift`` is
    positive to the left. TFLite's ``QuantizeMultiplier``. Raises ``ValueError`` for a number that is
    negative, not finite, or 2^30 and above.
    """
    if not (math.isfinite(real) and real >= 0):
        raise ValueError(f"real must be a finite number that is not negative, not {real!r}")
    fraction, shift = math.frexp(real)
    multiplier = round_half_away(fraction * (1 << MULTIPLIER_FRACTION_BITS))
    if multiplier == 1 << MULTIPLIER_FRACTION_BITS:
        multiplier, shift = multiplier // 2, shift + 1
    if shift < SMALLEST_SHIFT:
        return 0, 0
    if shift > LARGEST_SHIFT:
        raise ValueError(f"real must be below 2^{LARGEST_SHIFT}, not {real!r}")
    return multiplier, shift


def requantize(
    accumulator: ArrayLike, multiplier: ArrayLike, shift: ArrayLike, rounding: Rounding = Rounding.DOUBLE
) -> Integers:
    """``accumulator * multiplier * 2**(shift - 31)``, rounded; arguments broadcast against each other.

    ``accumulator`` must lie within 32 signed bits, ``multiplier`` (or its negative) and ``shift`` come from
    :func:`quantize_multiplier`: then every intermediate value fits 64 bits. ``DOUBLE`` equals TFLite's
    ``MultiplyByQuantizedMultiplier`` wherever the latter does not overflow.
    """
    product = np.asarray(accumulator, np.int64) * np.asarray(multiplier, np.int64)
    right = MULTIPLIER_FRACTION_BITS - np.asarray(shift, np.int64)
    constant = np.left_shift(np.int64(1), right - 1)
    if rounding is Rounding.DOUBLE:
        away = np.where(product >= 0, np.int64(1 << 30), np.int64(-1 << 30))
        constant = constant + np.where(right > MULTIPLIER_FRACTION_BITS, away, 0)
    result: Integers = np.right_shift(product + constant, right)
    return result


@dataclass(frozen=True)
class Affine:
    """``real = scale * (quantised - zero_point)``; the scale is a single-precision value."""

    scale: float
    zero_point: int

    def quantize(self, real: float) -> int:
        """The quantised form of a real number, not limited to any type; divides in single precision."""
        return self.zero_point + round_half_away(float(np.float32(real) / np.float32(self.scale)))

    def clamp_range(
        self, low: float | None, high: float | None, dtype: np.dtype[np.integer]
    ) -> tuple[int, int]:
        """Smallest and largest quantised value of an activation that limits the real value to low .. high.

        ``None`` is no limit; the range of ``dtype`` always is one.
        """
        limits = np.iinfo(dtype)
        lowest = limits.min if low is None else self.quantize(low)
        highest = limits.max if high is None else self.quantize(high)
        return max(int(limits.min), int(lowest)), min(int(limits.max), int(highest))
