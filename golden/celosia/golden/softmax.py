"""Softmax of int8 tensors in fixed point, as TFLite Micro's reference kernel computes it."""

import math

import numpy as np
from numpy.typing import NDArray

from celosia.golden.fixed_point import (
    exp_on_negative_values,
    high_multiply,
    one_over_one_plus,
    rounding_divide,
)
from celosia.golden.requantization import quantize_multiplier

DIFFERENCE_INTEGER_BITS = 5  # exp's argument is in Q5.26
SUM_INTEGER_BITS = 12  # the sum of exponentials is in Q12.19
OUTPUT_BITS = 8
HIGHEST_MULTIPLIER = (1 << 30) - 1  # from here on every element below the maximum rounds to zero
MOST_CLASSES = (1 << SUM_INTEGER_BITS) - 1


def softmax(source: NDArray[np.int8], *, input_scale: float, beta: float) -> NDArray[np.int8]:
    """``SOFTMAX`` over the last axis; the output's scale is 1/256, its zero point -128.

    Rows whose exponentials sum to 512 or more, which the reference kernel aborts on, give -128 throughout,
    the rounded result. Raises ``ValueError`` if ``beta * input_scale`` is too small for the fixed-point form
    (2^-26 or less) or if there are more than 4095 classes.
    """
    if source.shape[-1] > MOST_CLASSES:
        raise ValueError(f"source must have at most {MOST_CLASSES} classes, not {source.shape[-1]}")
    fraction_bits = 31 - DIFFERENCE_INTEGER_BITS
    real = min(beta * input_scale * 2.0**fraction_bits, HIGHEST_MULTIPLIER)
    if real <= 1:
        raise ValueError(f"beta * input_scale must be above 2^-{fraction_bits}, not {beta * input_scale!r}")
    multiplier, shift = quantize_multiplier(real)
    radius = math.floor(((1 << DIFFERENCE_INTEGER_BITS) - 1) * 2.0 ** (fraction_bits - shift))

    difference = source.astype(np.int64) - source.max(axis=-1, keepdims=True)
    # The kernel skips differences beyond the radius. Limited to it instead, their exponentials are at most
    # exp(-15), which rounds to zero both in the sum and in the result.
    scaled = high_multiply(np.maximum(difference, -radius) << shift, multiplier)
    exponential = exp_on_negative_values(scaled, DIFFERENCE_INTEGER_BITS)
    total = np.sum(rounding_divide(exponential, SUM_INTEGER_BITS), axis=-1, keepdims=True)
    bit_length = np.frexp(total.astype(np.float64))[1].astype(np.int64)
    reciprocal = one_over_one_plus((total << (32 - bit_length)) - (1 << 31))
    bits_over_unit = bit_length - (32 - SUM_INTEGER_BITS)
    probability = rounding_divide(high_multiply(reciprocal, exponential), bits_over_unit + 31 - OUTPUT_BITS)
    return np.clip(probability - 128, -128, 127).astype(np.int8)
