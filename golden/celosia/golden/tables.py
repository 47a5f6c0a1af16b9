"""Unary int8 operators as tables of their 256 results, computed the way TFLite Micro computes each.

Every table is indexed by the input as an unsigned byte.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from celosia.golden.fixed_point import logistic, rounding_divide, tanh
from celosia.golden.requantization import (
    Affine,
    Integers,
    quantize_multiplier,
    requantize,
    round_half_away,
)

Table = NDArray[np.int8]

INT8 = np.dtype(np.int8)
SIGMOID_INPUT_INTEGER_BITS = 4
INT16_LOW, INT16_HIGH = -(1 << 15), (1 << 15) - 1


def every_input() -> Integers:
    """All int8 values in the order of their unsigned bytes: 0 to 127, then -128 to -1."""
    return np.arange(256, dtype=np.uint8).view(np.int8).astype(np.int64)


def requantize_table(source: Affine, output: Affine) -> Table:
    """int8 to int8 ``QUANTIZE``: the change from one scale and zero point to another."""
    multiplier, shift = quantize_multiplier(source.scale / output.scale)
    return _to_int8(requantize(every_input() - source.zero_point, multiplier, shift) + output.zero_point)


def relu_table(source: Affine, output: Affine) -> Table:
    """``RELU``: requantised, then limited from below by the output's zero point."""
    multiplier, shift = quantize_multiplier(source.scale / output.scale)
    low, high = output.clamp_range(0.0, None, INT8)
    scaled = requantize(every_input() - source.zero_point, multiplier, shift) + output.zero_point
    return np.clip(scaled, low, high).astype(np.int8)


def relu6_table(source: Affine) -> Table:
    """``RELU6``: limited to the quantised 0 and 6; input and output share scale and zero point."""
    low, high = source.clamp_range(0.0, 6.0, INT8)
    return np.minimum(np.maximum(every_input(), source.zero_point), max(low, high)).astype(np.int8)


def leaky_relu_table(source: Affine, output: Affine, *, alpha: float) -> Table:
    """``LEAKY_RELU``: one multiplier for values from zero up, one for values below.

    ``alpha`` may be negative.
    """
    slope = source.scale * float(np.float32(alpha)) / output.scale
    magnitude, slope_shift = quantize_multiplier(abs(slope))
    multiplier, shift = quantize_multiplier(source.scale / output.scale)
    value = every_input() - source.zero_point
    positive = requantize(value, multiplier, shift)
    negative = requantize(value, int(math.copysign(1, slope)) * magnitude, slope_shift)
    return _to_int8(np.where(value >= 0, positive, negative) + output.zero_point)


def logistic_table(source: Affine) -> Table:
    """``LOGISTIC``; the output's scale is 1/256, its zero point -128."""
    return _sigmoid_table(logistic, 8, -128, source)


def tanh_table(source: Affine) -> Table:
    """``TANH``; the output's scale is 1/128, its zero point 0."""
    return _sigmoid_table(tanh, 7, 0, source)


def hard_swish_table(source: Affine, output: Affine) -> Table:
    """``HARD_SWISH``: x * clamp(x + 3, 0, 6) / 6 in 16-bit fixed point.

    Raises ``ValueError`` if the input's scale is 128 times the output's or more.
    """
    fine_scale = source.scale / 128
    output_multiplier, output_exponent = quantize_multiplier(fine_scale / output.scale)
    gate_multiplier, gate_exponent = quantize_multiplier(fine_scale / (3 / 32768))
    if output_exponent > 0:
        raise ValueError(f"source.scale must be below 128 times output.scale, not {source.scale!r}")
    fine = (every_input() - source.zero_point) << 7
    scaled = _high_multiply_16(fine, _to_16_bits(output_multiplier))
    gate = fine
    if gate_exponent > 0:
        gate = _to_int16(gate << gate_exponent - 1)
    gate = _high_multiply_16(gate, _to_16_bits(gate_multiplier))
    if gate_exponent > 0:
        gate = _to_int16(gate << 1)
    if gate_exponent < 0:
        gate = rounding_divide(gate, -gate_exponent)
    gate = (gate + (1 << 15)) >> 1  # from -1 .. 1 to 0 .. 1
    product = gate * scaled
    truncated = np.sign(product) * (np.abs(product) >> 15)
    return _to_int8(rounding_divide(truncated, -output_exponent) + output.zero_point)


def elu_table(source: Affine, output: Affine) -> Table:
    """``ELU`` through single-precision arithmetic: x, or exp(x) - 1 below zero."""

    def elu(value: np.float32) -> np.float32:
        return np.float32(math.exp(value)) - np.float32(1) if value < 0 else value

    return _float_table(elu, source, output)


def gelu_table(source: Affine, output: Affine, *, approximate: bool) -> Table:
    """``GELU`` through single-precision arithmetic, exact or by its tanh approximation."""
    half, one, cubic = np.float32(0.5), np.float32(1), np.float32(0.044715)
    root_of_two_over_pi = np.float32(2 / math.sqrt(math.pi) * math.sqrt(0.5))

    def exact(value: np.float32) -> np.float32:
        return half * value * np.float32(math.erfc(-float(value) * math.sqrt(0.5)))

    def by_tanh(value: np.float32) -> np.float32:
        inner = root_of_two_over_pi * (value + cubic * value * value * value)
        return half * value * (one + np.float32(math.tanh(inner)))

    function = by_tanh if approximate else exact
    return _float_table(function, source, output)


def _sigmoid_table(
    function: Callable[[Integers, int], Integers], output_bits: int, output_zero: int, source: Affine
) -> Table:
    """A fixed-point function of Q4 numbers; inputs beyond Q4's range give the ends of the int8 range."""
    bits = SIGMOID_INPUT_INTEGER_BITS
    multiplier, shift = quantize_multiplier(source.scale * 2.0 ** (31 - bits))
    radius = math.floor(((1 << bits) - 1) * 2.0 ** (31 - bits - shift))
    value = every_input() - source.zero_point
    inside = np.clip(value, -radius, radius)
    result = rounding_divide(function(requantize(inside, multiplier, shift), bits), 31 - output_bits)
    limited = np.where(value >= radius, 127, result + output_zero)
    return _to_int8(np.where(value <= -radius, -128, limited))


def _float_table(function: Callable[[np.float32], np.float32], source: Affine, output: Affine) -> Table:
    inverse = np.float32(1) / np.float32(output.scale)
    real = [np.float32(source.scale) * np.float32(value - source.zero_point) for value in every_input()]
    results = [round_half_away(float(function(value) * inverse)) + output.zero_point for value in real]
    return _to_int8(np.array(results, np.int64))


def _high_multiply_16(left: Integers, right: int) -> Integers:
    result: Integers = np.minimum((left * right + (1 << 14)) >> 15, INT16_HIGH)
    return result


def _to_16_bits(multiplier: int) -> int:
    return min((multiplier + (1 << 15)) >> 16, INT16_HIGH)


def _to_int16(value: Integers) -> Integers:
    return np.clip(value, INT16_LOW, INT16_HIGH)


def _to_int8(value: Integers) -> Table:
    return np.clip(value, -128, 127).astype(np.int8)
