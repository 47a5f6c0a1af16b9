"""Single operators with random scales, zero points and shapes, many to a model, against TFLite Micro."""

from pathlib import Path

import numpy as np
import pytest

from celosia.compiler.graph import Activation, Operation, Quantization
from celosia.compiler.tflite_writer import ModelBuilder
from tests.golden.comparison import compare

EVERY_BYTE = np.arange(-128, 128).astype(np.int8).reshape(1, 256)
ACTIVATIONS = tuple(Activation)
SEEDS = [11, 12]


class Drawing:
    """Random quantisations from one seed."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def scale(self, low: float, high: float) -> float:
        """A single-precision scale, uniform in its logarithm."""
        return float(np.float32(np.exp(self.rng.uniform(np.log(low), np.log(high)))))

    def quantization(self, low: float, high: float) -> Quantization:
        """A random scale; the zero point is often at an end of its range."""
        zero_point = self.rng.choice([-128, 127, 0, int(self.rng.integers(-128, 128))])
        return Quantization((self.scale(low, high),), (int(zero_point),))

    def extents(self, count: int, below: int) -> tuple[int, ...]:
        """Random sizes of at least 1."""
        return tuple(int(extent) for extent in self.rng.integers(1, below, count))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "operation",
    [
        Operation.RELU,
        Operation.RELU6,
        Operation.LEAKY_RELU,
        Operation.LOGISTIC,
        Operation.TANH,
        Operation.HARD_SWISH,
        Operation.ELU,
        Operation.QUANTIZE,
    ],
)
def test_unary_on_every_byte(tmp_path: Path, operation: Operation, seed: int) -> None:
    draw, net = Drawing(seed), ModelBuilder()
    inputs, outputs = [], []
    for number in range(40):
        source = draw.quantization(1e-4, 1)
        match operation:
            case Operation.LOGISTIC:
                target = Quantization((1 / 256,), (-128,))
            case Operation.TANH:
                target = Quantization((1 / 128,), (0,))
            case _:
                target = draw.quantization(source.scale[0] / 100, source.scale[0] * 10)
        inputs.append(net.tensor(f"input_{number}", (1, 256), source))
        outputs.append(net.tensor(f"output_{number}", (1, 256), target))
        if operation is Operation.LEAKY_RELU:
            alpha = float(draw.rng.choice([0.01, 0.1, 0.3, 1.5, 0.0, -0.2]))
            net.leaky_relu(inputs[-1], outputs[-1], alpha=alpha)
        else:
            net.unary(operation, inputs[-1], outputs[-1])
    compare(tmp_path, net.build(inputs, outputs), [dict.fromkeys(inputs, EVERY_BYTE)], seed=seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_softmax(tmp_path: Path, seed: int) -> None:
    draw, net = Drawing(seed), ModelBuilder()
    inputs, outputs = [], []
    for number in range(60):
        shape = (3, *draw.extents(1, 300))
        inputs.append(net.tensor(f"input_{number}", shape, draw.quantization(1e-4, 2)))
        outputs.append(net.tensor(f"output_{number}", shape, Quantization((1 / 256,), (-128,))))
        net.softmax(inputs[-1], outputs[-1], beta=float(draw.rng.choice([0.5, 1, 2])))
    compare(tmp_path, net.build(inputs, outputs), seed=seed)


@pytest.mark.parametrize(
    "axes", [(1, 2), (2, 1), (1,), (2,), (3,), (-1,), (1, 3), (0,), (0, 1, 2, 3)], ids=str
)
def test_mean(tmp_path: Path, axes: tuple[int, ...]) -> None:
    draw, net = Drawing(13), ModelBuilder()
    inputs, outputs = [], []
    reduced = {axis % 4 for axis in axes}
    for number in range(40):
        keep, same_scale = bool(number & 1), bool(number & 2)
        shape = draw.extents(4, 18)
        source = draw.quantization(0.01, 0.1)
        target = source if same_scale else draw.quantization(0.003, 0.1)
        kept = [1 if axis in reduced else extent for axis, extent in enumerate(shape)]
        left = [extent for axis, extent in enumerate(shape) if axis not in reduced]
        inputs.append(net.tensor(f"input_{number}", shape, source))
        outputs.append(net.tensor(f"output_{number}", kept if keep else left, target))
        net.mean(inputs[-1], axes, outputs[-1], keep_dimensions=keep)
    compare(tmp_path, net.build(inputs, outputs), seed=13)


@pytest.mark.parametrize("operation", [Operation.ADD, Operation.MUL])
@pytest.mark.parametrize(
    "shapes",
    [
        ((1, 5, 7, 3), (1, 5, 7, 3)),
        ((1, 5, 7, 3), (1, 1, 1, 3)),
        ((1, 1, 1, 3), (2, 5, 7, 3)),
        ((1, 5, 7, 3), (1, 5, 1, 3)),
        ((1, 5, 1, 3), (1, 1, 7, 3)),
        ((1, 5, 7, 3), (3,)),
        ((5, 7), (1, 7)),
    ],
    ids=str,
)
def test_binary(
    tmp_path: Path, operation: Operation, shapes: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    draw, net = Drawing(14), ModelBuilder()
    inputs, outputs = [], []
    for number in range(40):
        a, b = draw.quantization(1e-3, 1), draw.quantization(1e-3, 1)
        larger, product = max(a.scale[0], b.scale[0]), a.scale[0] * b.scale[0]
        low, high = (larger / 4, larger * 4) if operation is Operation.ADD else (product * 2, product * 200)
        inputs.append(net.tensor(f"a_{number}", shapes[0], a))
        inputs.append(net.tensor(f"b_{number}", shapes[1], b))
        output_shape = np.broadcast_shapes(*shapes)
        outputs.append(net.tensor(f"output_{number}", output_shape, draw.quantization(low, high)))
        left, right = inputs[-2:]
        net.binary(operation, left, right, outputs[-1], activation=ACTIVATIONS[number % 4])
    compare(tmp_path, net.build(inputs, outputs), seed=14)


@pytest.mark.parametrize("per_channel", [False, True], ids=["per_tensor", "per_channel"])
def test_fully_connected(tmp_path: Path, per_channel: bool) -> None:
    draw, net = Drawing(15), ModelBuilder()
    inputs, outputs = [], []
    for number in range(40):
        batch, width, channels = draw.extents(3, 40)
        source = draw.quantization(0.005, 0.1)
        scales = tuple(draw.scale(0.001, 0.02) for _ in range(channels if per_channel else 1))
        weights = net.constant(
            f"weights_{number}",
            draw.rng.integers(-127, 128, (channels, width), dtype=np.int8),
            Quantization(scales, (0,) * len(scales)),
        )
        bias_scales = tuple(float(np.float32(source.scale[0] * scale)) for scale in scales)
        bias = net.constant(
            f"bias_{number}",
            draw.rng.integers(-2000, 2000, channels).astype(np.int32),
            Quantization(bias_scales, (0,) * len(scales)),
        )
        inputs.append(net.tensor(f"input_{number}", (batch, width), source))
        target = draw.quantization(source.scale[0] / 50, source.scale[0])
        outputs.append(net.tensor(f"output_{number}", (batch, channels), target))
        net.fully_connected(
            inputs[-1], weights, bias if number % 3 else -1, outputs[-1], activation=ACTIVATIONS[number % 4]
        )
    compare(tmp_path, net.build(inputs, outputs), seed=15)


@pytest.mark.parametrize("depthwise", [False, True], ids=["conv_2d", "depthwise_conv_2d"])
def test_convolution_scales(tmp_path: Path, depthwise: bool) -> None:
    """Large and small multipliers, left shifts among them, for weights with one scale and with many."""
    draw, net = Drawing(16), ModelBuilder()
    inputs, outputs = [], []
    for number in range(40):
        channels = 6
        source = draw.quantization(0.005, 0.1)
        scales = tuple(draw.scale(1e-4, 4.0) for _ in range(channels if number & 1 else 1))
        shape = (1, 3, 2, channels) if depthwise else (channels, 3, 2, 3)
        weights = net.constant(
            f"weights_{number}",
            draw.rng.integers(-127, 128, shape, dtype=np.int8),
            Quantization(scales, (0,) * len(scales), 3 if depthwise else 0),
        )
        bias = net.constant(f"bias_{number}", draw.rng.integers(-2000, 2000, channels).astype(np.int32))
        inputs.append(net.tensor(f"input_{number}", (2, 5, 4, 3), source))
        target = draw.quantization(source.scale[0] / 5, source.scale[0] * 50)
        outputs.append(net.tensor(f"output_{number}", (2, 5, 4, channels), target))
        if depthwise:
            net.depthwise_conv_2d(inputs[-1], weights, bias, outputs[-1], depth_multiplier=2)
        else:
            net.conv_2d(inputs[-1], weights, bias if number % 3 else -1, outputs[-1])
    compare(tmp_path, net.build(inputs, outputs), seed=16)


def test_quantize_floats_at_every_tie(tmp_path: Path) -> None:
    """Halves, their neighbours in single precision, both zeros, and as large as fits the judge's integers."""
    net = ModelBuilder()
    halves = np.arange(-140, 140, 0.5).astype(np.float32)
    above, below = (np.nextafter(halves, np.float32(end)) for end in (np.inf, -np.inf))
    scale = np.float32(0.25)  # a power of two keeps ties exact
    beyond = np.array([-0.0, 5e8, -5e8, 1e-45], np.float32)
    values = np.concatenate([halves * scale, above * scale, below * scale, beyond])[None]
    source = net.tensor("floats", values.shape, dtype=np.float32)
    outputs = []
    for number, zero_point in enumerate((-128, 0, 127)):
        target = net.tensor(f"bytes_{number}", values.shape, Quantization((0.25,), (zero_point,)))
        outputs.append(net.unary(Operation.QUANTIZE, source, target))
        real = net.tensor(f"back_{number}", values.shape, dtype=np.float32)
        outputs.append(net.unary(Operation.DEQUANTIZE, target, real))
    compare(tmp_path, net.build([source], outputs), [{source: values}])
