"""Fixed-point functions of gemmlowp, from which TFLite builds its integer softmax, logistic and tanh.

Numbers are 32-bit values held in 64-bit arrays. Qm.n has m integer bits, n = 31 - m fraction bits and a sign.
"""

import numpy as np

from celosia.golden.requantization import Integers

HIGHEST = (1 << 31) - 1  # one in Q0.31, as near as it gets
LOWEST = -(1 << 31)
ONE_Q2 = 1 << 29
FORTY_EIGHT_SEVENTEENTHS_Q2 = 1515870810
MINUS_THIRTY_TWO_SEVENTEENTHS_Q2 = -1010580540
EXP_MINUS_ONE_EIGHTH = 1895147668
ONE_THIRD = 715827883
NEWTON_STEPS = 3

# exp(-2^k) in Q0.31 for k = -2 .. 4
EXP_MINUS_POWERS = (
    (-2, 1672461947),
    (-1, 1302514674),
    (0, 790015084),
    (1, 290630308),
    (2, 39332535),
    (3, 720401),
    (4, 242),
)


def high_multiply(left: Integers | int, right: Integers | int) -> Integers:
    """``left * right / 2^31`` rounded half up: gemmlowp's ``SaturatingRoundingDoublingHighMul``."""
    product = np.asarray(left, np.int64) * np.asarray(right, np.int64)
    result: Integers = np.minimum((product + (1 << 30)) >> 31, HIGHEST)
    return result


def rounding_divide(value: Integers, exponent: Integers | int) -> Integers:
    """``value / 2^exponent`` rounded half away from zero: gemmlowp's ``RoundingDivideByPOT``."""
    power = np.asarray(exponent, np.int64)
    half = (np.int64(1) << power) >> 1
    return (value + half - ((value < 0) & (power > 0))) >> power


def saturating_shift(value: Integers, exponent: int) -> Integers:
    """``value * 2^exponent`` limited to 32 bits, for a positive exponent."""
    result: Integers = np.clip(value << exponent, LOWEST, HIGHEST)
    return result


def exp_on_negative_values(value: Integers, integer_bits: int) -> Integers:
    """exp of a number <= 0 in Q``integer_bits``, in Q0.31.

    A polynomial on [-1/4, 0), times a constant for each set bit of the rest.
    """
    fraction_bits = 31 - integer_bits
    quarter = 1 << fraction_bits - 2
    remainder = (value & (quarter - 1)) - quarter
    result = _exp_between_minus_quarter_and_zero(saturating_shift(remainder, integer_bits))
    rest = remainder - value
    for power, constant in EXP_MINUS_POWERS:
        if power < integer_bits:
            is_set = (rest >> (fraction_bits + power)) & 1 == 1
            result = np.where(is_set, high_multiply(result, constant), result)
    return np.where(value == 0, HIGHEST, result)


def one_over_one_plus(value: Integers) -> Integers:
    """1 / (1 + value) for a value in [0, 1] of Q0.31, in Q0.31."""
    return saturating_shift(_twice_the_reciprocal_of_one_plus(value), 1)


def logistic(value: Integers, integer_bits: int) -> Integers:
    """1 / (1 + exp(-value)) of a number in Q``integer_bits``, in Q0.31."""
    positive = one_over_one_plus(exp_on_negative_values(-np.abs(value), integer_bits))
    return np.where(value > 0, positive, np.where(value < 0, HIGHEST - positive, 1 << 30))


def tanh(value: Integers, integer_bits: int) -> Integers:
    """tanh of a number in Q``integer_bits``, in Q0.31: (1 - x) / (1 + x) with x = exp(-2 |value|)."""
    exponential = exp_on_negative_values(-np.abs(value), integer_bits + 1)
    magnitude = saturating_shift(_twice_the_reciprocal_of_one_plus(exponential) - ONE_Q2, 2)
    return np.sign(value) * magnitude


def _exp_between_minus_quarter_and_zero(value: Integers) -> Integers:
    x = value + (1 << 28)  # Taylor series around -1/8
    x2 = high_multiply(x, x)
    x3 = high_multiply(x2, x)
    x4 = high_multiply(x2, x2)
    cubic_and_quartic = high_multiply(rounding_divide(x4, 2) + x3, ONE_THIRD)
    series = x + rounding_divide(cubic_and_quartic + x2, 1)
    return EXP_MINUS_ONE_EIGHTH + high_multiply(series, EXP_MINUS_ONE_EIGHTH)


def _twice_the_reciprocal_of_one_plus(value: Integers) -> Integers:
    """2 / (1 + value) in Q2.29, by Newton's iteration."""
    total = value + HIGHEST
    half_denominator = (total + 1) >> 1
    x = FORTY_EIGHT_SEVENTEENTHS_Q2 + high_multiply(half_denominator, MINUS_THIRTY_TWO_SEVENTEENTHS_Q2)
    for _ in range(NEWTON_STEPS):
        error = ONE_Q2 - high_multiply(half_denominator, x)
        x = x + saturating_shift(high_multiply(x, error), 2)
    return x
