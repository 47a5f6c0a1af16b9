"""Element-wise addition and multiplication of two int8 tensors, with NumPy's broadcasting."""

import numpy as np

from celosia.golden.convolution import Clamp, Int8, to_output
from celosia.golden.requantization import Rounding, requantize

LEFT_SHIFT = 20  # fraction bits that the operands of an addition get before they are scaled


def add(
    a: Int8,
    b: Int8,
    *,
    a_zero: int,
    b_zero: int,
    a_multiplier: int,
    a_shift: int,
    b_multiplier: int,
    b_shift: int,
    output_multiplier: int,
    output_shift: int,
    output_zero: int,
    clamp: Clamp,
    rounding: Rounding = Rounding.DOUBLE,
) -> Int8:
    """``ADD``: both operands are brought to twice the larger scale, with 20 fraction bits, and added."""
    scaled_a = requantize((a.astype(np.int64) - a_zero) << LEFT_SHIFT, a_multiplier, a_shift, rounding)
    scaled_b = requantize((b.astype(np.int64) - b_zero) << LEFT_SHIFT, b_multiplier, b_shift, rounding)
    return to_output(scaled_a + scaled_b, output_multiplier, output_shift, output_zero, clamp, rounding)


def mul(
    a: Int8,
    b: Int8,
    *,
    a_zero: int,
    b_zero: int,
    multiplier: int,
    shift: int,
    output_zero: int,
    clamp: Clamp,
    rounding: Rounding = Rounding.DOUBLE,
) -> Int8:
    """``MUL``: the product of the operands less their zero points, requantised."""
    product = (a.astype(np.int64) - a_zero) * (b.astype(np.int64) - b_zero)
    return to_output(product, multiplier, shift, output_zero, clamp, rounding)
