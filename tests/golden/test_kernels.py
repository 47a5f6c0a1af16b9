"""The kernels against plain definitions: exact fractions for rounding, loops for windows."""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from celosia import golden
from celosia.golden import Affine, Rounding
from celosia.golden.convolution import conv_2d_sums, depthwise_conv_2d_sums
from celosia.golden.matmul import exact_product
from celosia.golden.tables import gelu_table


def half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def half_away(value: Fraction) -> int:
    return half_up(value) if value >= 0 else -half_up(-value)


def double_rounding(accumulator: int, multiplier: int, shift: int) -> int:
    high = half_up(Fraction(accumulator * 2 ** max(shift, 0) * multiplier, 2**31))
    return half_away(Fraction(high, 2 ** max(-shift, 0)))


def single_rounding(accumulator: int, multiplier: int, shift: int) -> int:
    return half_up(Fraction(accumulator * multiplier) * Fraction(2) ** (shift - 31))


@pytest.mark.parametrize(
    ("rounding", "definition"), [(Rounding.DOUBLE, double_rounding), (Rounding.SINGLE, single_rounding)]
)
def test_requantize_is_its_definition(rounding: Rounding, definition: Callable[[int, int, int], int]) -> None:
    seed = 31
    rng = np.random.default_rng(seed)
    multipliers = [1 << 30, (1 << 31) - 1, 0, *rng.integers(1 << 30, 1 << 31, 4).tolist()]
    for shift in range(-31, 31):
        for multiplier in multipliers:
            near_ties = [
                round((number + 0.5) * 2 ** (31 - shift) / (multiplier or 1)) for number in range(-9, 9)
            ]
            ends = [-(1 << 31), (1 << 31) - 1, 0, 1, -1]
            candidates = [*ends, *near_ties, *(tie + 1 for tie in near_ties), *(tie - 1 for tie in near_ties)]
            accumulators = [value for value in candidates if -(1 << 31) <= value < 1 << 31]
            found = golden.requantize(accumulators, multiplier, shift, rounding)
            expected = [definition(value, multiplier, shift) for value in accumulators]
            assert found.tolist() == expected, (seed, multiplier, shift)


def test_the_two_roundings_differ() -> None:
    """-1/2 by way of -1: the first rounding makes the second one a tie."""
    assert golden.requantize([-3], 1 << 30, -1, Rounding.DOUBLE).tolist() == [-1]
    assert golden.requantize([-1], 1 << 30, 0, Rounding.DOUBLE).tolist() == [0]
    assert golden.requantize([-2], 1 << 30, -1, Rounding.DOUBLE).tolist() == [-1]
    assert golden.requantize([-2], 1 << 30, -1, Rounding.SINGLE).tolist() == [0]


def test_quantize_multiplier() -> None:
    assert golden.quantize_multiplier(1.0) == (1 << 30, 1)
    assert golden.quantize_multiplier(0.5) == (1 << 30, 0)
    assert golden.quantize_multiplier(0.75) == (3 << 29, 0)
    assert golden.quantize_multiplier(0.0) == (0, 0)
    assert golden.quantize_multiplier(1 - 2.0**-40) == (1 << 30, 1)  # rounds up to the next power of two
    assert golden.quantize_multiplier(2.0**-32) == (1 << 30, -31)
    assert golden.quantize_multiplier(2.0**-33) == (0, 0)
    assert golden.quantize_multiplier((2**31 - 1) / 2**31 / 2) == (2**31 - 1, -1)


@pytest.mark.parametrize("real", [-0.5, math.inf, math.nan, 2.0**30])
def test_quantize_multiplier_refuses(real: float) -> None:
    with pytest.raises(ValueError, match=r"^real must be "):
        golden.quantize_multiplier(real)


def test_matmul_wraps() -> None:
    seed = 32
    rng = np.random.default_rng(seed)
    a = rng.integers(-128, 128, (5, 7))
    b = rng.integers(-128, 128, (7, 3))
    psums = rng.integers(-(1 << 15), 1 << 15, (5, 3))
    for width in (16, 18, 32):
        found = golden.matmul(a, b, psums, width=width)
        for row in range(5):
            for column in range(3):
                exact = sum(int(a[row, k]) * int(b[k, column]) for k in range(7)) + int(psums[row, column])
                wrapped = (exact + (1 << width - 1)) % (1 << width) - (1 << width - 1)
                assert found[row, column] == wrapped, seed


@pytest.mark.parametrize("width", [0, 64])
def test_matmul_refuses_width(width: int) -> None:
    with pytest.raises(ValueError, match=rf"^width must be in 1\.\.63, not {width}$"):
        golden.matmul([[1]], [[1]], width=width)


def test_large_products_stay_exact() -> None:
    """Beyond 2^53 floating point would lose the last bit."""
    left, right = np.array([[(1 << 28) + 1, 1]]), np.array([[(1 << 28) + 1], [0]])
    assert exact_product(left, right).tolist() == [[((1 << 28) + 1) ** 2]]


@pytest.mark.parametrize("groups", [1, 2])
def test_convolution_against_loops(groups: int) -> None:
    seed = 33
    rng = np.random.default_rng(seed)
    image = rng.integers(-128, 128, (2, 6, 5, 4), dtype=np.int8)
    weights = rng.integers(-128, 128, (6, 3, 2, 4 // groups), dtype=np.int8)
    stride, padding, dilation, zero = (2, 1), (1, 2, 0, 1), (1, 2), -7
    found = conv_2d_sums(image, weights, input_zero=zero, stride=stride, padding=padding, dilation=dilation)
    assert found.shape == (2, 4, 4, 6)
    for n, y, x, o in np.ndindex(*found.shape):
        total = 0
        for ky, kx, i in np.ndindex(3, 2, 4 // groups):
            row, column = y * 2 + ky - 1, x + kx * 2
            channel = o // (6 // groups) * (4 // groups) + i
            if 0 <= row < 6 and 0 <= column < 5:
                total += int(weights[o, ky, kx, i]) * (int(image[n, row, column, channel]) - zero)
        assert found[n, y, x, o] == total, seed


def test_depthwise_against_loops() -> None:
    seed = 34
    rng = np.random.default_rng(seed)
    image = rng.integers(-128, 128, (1, 5, 6, 3), dtype=np.int8)
    weights = rng.integers(-128, 128, (1, 2, 3, 6), dtype=np.int8)
    found = depthwise_conv_2d_sums(image, weights, input_zero=5, stride=(1, 2), padding=(0, 1, 1, 1))
    assert found.shape == (1, 5, 3, 6)
    for _, y, x, o in np.ndindex(*found.shape):
        total = 0
        for ky, kx in np.ndindex(2, 3):
            row, column = y + ky, x * 2 + kx - 1
            if row < 5 and 0 <= column < 6:
                total += int(weights[0, ky, kx, o]) * (int(image[0, row, column, o // 2]) - 5)
        assert found[0, y, x, o] == total, seed


def test_convolution_refuses_broken_groups() -> None:
    image, weights = np.zeros((1, 3, 3, 4), np.int8), np.zeros((6, 1, 1, 3), np.int8)
    with pytest.raises(ValueError, match=r"^channels must divide into groups of 3 inputs"):
        conv_2d_sums(image, weights, input_zero=0, stride=(1, 1), padding=(0, 0, 0, 0))


def test_window_larger_than_image_is_refused() -> None:
    image, weights = np.zeros((1, 3, 3, 1), np.int8), np.zeros((1, 4, 1, 1), np.int8)
    with pytest.raises(ValueError, match=r"^image must be at least 4 x 1, not \(3, 3\)$"):
        conv_2d_sums(image, weights, input_zero=0, stride=(1, 1), padding=(0, 0, 0, 0))


def test_quantize_saturates() -> None:
    """Far beyond 32 bits the reference kernel is undefined; ours is not."""
    real = np.array([np.inf, -np.inf, 3e38, -3e38], np.float32)
    assert golden.quantize(real, Affine(1e-3, -128)).tolist() == [127, -128, 127, -128]
    with pytest.raises(ValueError, match=r"^real must not contain NaN$"):
        golden.quantize(np.array([np.nan], np.float32), Affine(1.0, 0))


def test_softmax_of_a_huge_uniform_row() -> None:
    """The reference kernel aborts here; every probability rounds to zero."""
    row = np.zeros((1, 1001), np.int8)
    assert np.array_equal(golden.softmax(row, input_scale=0.1, beta=1.0), np.full((1, 1001), -128))
    with pytest.raises(ValueError, match=r"^source must have at most 4095 classes, not 4096$"):
        golden.softmax(np.zeros((1, 4096), np.int8), input_scale=0.1, beta=1.0)
    with pytest.raises(ValueError, match=r"^beta \* input_scale must be above 2\^-26"):
        golden.softmax(row, input_scale=1e-8, beta=1.0)


@pytest.mark.parametrize("approximate", [False, True])
def test_gelu_is_within_one_step(approximate: bool) -> None:
    """TFLite Micro has no GELU to compare with: against the real function, in double precision."""
    source, output = Affine(0.05, 3), Affine(0.04, -40)
    table = gelu_table(source, output, approximate=approximate)
    for value in range(-128, 128):
        x = source.scale * (value - source.zero_point)
        gate = (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
        if not approximate:
            gate = math.erfc(-x / math.sqrt(2)) / 2
        exact = min(max(x * gate / output.scale + output.zero_point, -128), 127)
        assert abs(table[value & 255] - exact) <= 0.5 + 1e-4, value
