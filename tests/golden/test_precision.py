"""Whether a product of scales is in single or double precision shows in one element of thousands: find it.

Each test searches for scales with which the two ways differ, and lets TFLite Micro decide.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from celosia.compiler.graph import Operation, Quantization
from celosia.compiler.tflite_writer import ModelBuilder
from celosia.golden import quantize_multiplier, requantize
from tests.golden.comparison import compare

CASES = 12


def double_product(a: np.float32, b: np.float32, output: np.float32) -> float:
    return float(a) * float(b) / float(output)


def single_product(a: np.float32, b: np.float32, output: np.float32) -> float:
    return float(a * b) / float(output)


def single_throughout(a: np.float32, b: np.float32, output: np.float32) -> float:
    return float(a * b / output)


def telling_cases(
    rng: np.random.Generator, ours: Callable[..., float], theirs: Callable[..., float]
) -> list[tuple[float, float, float, int]]:
    """Scales a, b, output and an accumulator up to 2^14 with which the two precisions differ."""
    accumulators = np.arange(1, 1 << 14)
    found: list[tuple[float, float, float, int]] = []
    while len(found) < CASES:
        a, b = np.exp(rng.uniform(np.log(0.01), np.log(0.1), 2)).astype(np.float32)
        output = np.float32(a * b * np.float32(rng.uniform(64, 70)))
        results = [
            requantize(accumulators, *quantize_multiplier(real(a, b, output))) for real in (ours, theirs)
        ]
        for accumulator in accumulators[results[0] != results[1]]:
            if -128 <= results[0][accumulator - 1] - 128 <= 126:
                found.append((float(a), float(b), float(output), int(accumulator)))
                break
    return found


def telling_quotients(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Input and output scales whose quotient in single precision requantises some byte otherwise."""
    values = np.arange(-128, 128)
    found: list[tuple[float, float]] = []
    while len(found) < CASES:
        source, output = np.exp(rng.uniform(np.log(0.01), np.log(0.02), 2)).astype(np.float32)
        ways = (float(source) / float(output), float(source / output))
        results = [requantize(values, *quantize_multiplier(real)) for real in ways]
        if np.any((results[0] != results[1]) & (np.abs(results[0]) < 127)):
            found.append((float(source), float(output)))
    return found


def one(scale: float, zero_point: int) -> Quantization:
    return Quantization((scale,), (zero_point,))


@pytest.mark.parametrize("theirs", [single_product, single_throughout])
def test_mul(tmp_path: Path, theirs: Callable[..., float]) -> None:
    seed = 21
    rng = np.random.default_rng(seed)
    net = ModelBuilder()
    run, outputs = {}, list[int]()
    while len(outputs) < CASES:
        for number, (a, b, output, accumulator) in enumerate(telling_cases(rng, double_product, theirs)):
            factors = [
                value for value in range(1, 256) if accumulator % value == 0 and accumulator // value < 256
            ]
            if not factors:
                continue
            left = net.tensor(f"a_{number}", (1, 1), one(a, -128))
            right = net.tensor(f"b_{number}", (1, 1), one(b, -128))
            run[left] = np.array([[factors[0] - 128]], np.int8)
            run[right] = np.array([[accumulator // factors[0] - 128]], np.int8)
            outputs.append(net.tensor(f"output_{number}", (1, 1), one(output, -128)))
            net.binary(Operation.MUL, left, right, outputs[-1])
    compare(tmp_path, net.build(list(run), outputs), [run], seed=seed)


@pytest.mark.parametrize("channels", [1, 2], ids=["per_tensor", "per_channel"])
@pytest.mark.parametrize("has_bias", [False, True])
def test_fully_connected(tmp_path: Path, channels: int, has_bias: bool) -> None:
    seed = 22
    net = ModelBuilder()
    run, outputs = {}, list[int]()
    cases = telling_cases(np.random.default_rng(seed), double_product, single_product)
    for number, (a, b, output, accumulator) in enumerate(cases):
        first, rest = accumulator // 127, accumulator % 127
        zeros = (0,) * channels
        weights = net.constant(
            f"weights_{number}",
            np.array([[first, rest]] * channels, np.int8),
            Quantization((b,) * channels, zeros),
        )
        scale = float(np.float32(a * b))
        bias = net.constant(
            f"bias_{number}", np.zeros(channels, np.int32), Quantization((scale,) * channels, zeros)
        )
        source = net.tensor(f"input_{number}", (1, 2), one(a, 0))
        run[source] = np.array([[127, 1]], np.int8)
        outputs.append(net.tensor(f"output_{number}", (1, channels), one(output, -128)))
        net.fully_connected(source, weights, bias if has_bias else -1, outputs[-1])
    compare(tmp_path, net.build(list(run), outputs), [run], seed=seed)


def test_convolution(tmp_path: Path) -> None:
    """Double precision, even for one scale for all weights."""
    seed = 23
    net = ModelBuilder()
    run, outputs = {}, list[int]()
    cases = telling_cases(np.random.default_rng(seed), double_product, single_product)
    for number, (a, b, output, accumulator) in enumerate(cases):
        weights = net.constant(f"weights_{number}", np.ones((1, 1, 1, 1), np.int8), one(b, 0))
        bias = net.constant(f"bias_{number}", np.array([accumulator - 127], np.int32))
        source = net.tensor(f"input_{number}", (1, 1, 1, 1), one(a, 0))
        run[source] = np.full((1, 1, 1, 1), 127, np.int8)
        outputs.append(net.tensor(f"output_{number}", (1, 1, 1, 1), one(output, -128)))
        net.conv_2d(source, weights, bias, outputs[-1])
    compare(tmp_path, net.build(list(run), outputs), [run], seed=seed)


@pytest.mark.parametrize("operation", [Operation.RELU, Operation.QUANTIZE, Operation.LEAKY_RELU])
def test_quotients(tmp_path: Path, operation: Operation) -> None:
    seed = 24
    net = ModelBuilder()
    every_byte = np.arange(-128, 128).astype(np.int8).reshape(1, 256)
    inputs, outputs = list[int](), list[int]()
    for number, (source, output) in enumerate(telling_quotients(np.random.default_rng(seed))):
        inputs.append(net.tensor(f"input_{number}", (1, 256), one(source, 0)))
        outputs.append(net.tensor(f"output_{number}", (1, 256), one(output, 0)))
        if operation is Operation.LEAKY_RELU:
            net.leaky_relu(inputs[-1], outputs[-1], alpha=0.3)
        else:
            net.unary(operation, inputs[-1], outputs[-1])
    compare(tmp_path, net.build(inputs, outputs), [dict.fromkeys(inputs, every_byte)], seed=seed)


def test_hard_swish(tmp_path: Path) -> None:
    """Four pairs of scales, out of tens of thousands tried, whose tables tell the precisions apart."""
    pairs = [
        (0.024010371416807175, 0.02362181805074215),
        (0.017894499003887177, 0.010856837965548038),
        (0.014470666646957397, 0.014123694971203804),
        (0.05780695006251335, 0.035455651581287384),
    ]
    net = ModelBuilder()
    every_byte = np.arange(-128, 128).astype(np.int8).reshape(1, 256)
    inputs, outputs = list[int](), list[int]()
    for number, (source, output) in enumerate(pairs):
        inputs.append(net.tensor(f"input_{number}", (1, 256), one(source, 0)))
        outputs.append(net.tensor(f"output_{number}", (1, 256), one(output, 0)))
        net.unary(Operation.HARD_SWISH, inputs[-1], outputs[-1])
    compare(tmp_path, net.build(inputs, outputs), [dict.fromkeys(inputs, every_byte)])
