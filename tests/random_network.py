"""A builder of random quantised networks whose every tensor spreads over the int8 range.

It carries a sample of real values through the network in floating point and takes each tensor's scale and
zero point from it, as post-training quantisation does. The sample only chooses scales: what a network's
outputs must be is for the golden model and TFLite Micro to say.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from celosia.compiler.graph import Activation, Operation, Quantization
from celosia.compiler.tflite_writer import ModelBuilder, Padding
from tests.real_functions import ACTIVATION_LIMITS, UNARY_FUNCTIONS, Real, windows

SPREAD = 3.0
"""Standard deviation that each layer's weights give its output: RELU6 and the tables then matter."""

NARROW_SPREAD = 0.7
"""The same where the activation leaves only -1 to 1."""


@dataclass(frozen=True, eq=False)
class Node:
    """A tensor under construction: its index in the model, quantisation and sample of real values."""

    index: int
    scale: float
    zero_point: int
    sample: Real

    @property
    def quantization(self) -> Quantization:
        """What the file says of the tensor."""
        return Quantization((self.scale,), (self.zero_point,))


FIXED_OUTPUTS = {Operation.LOGISTIC: (1 / 256, -128), Operation.TANH: (1 / 128, 0)}
"""Operators whose output quantisation TFLite prescribes."""


class RandomNetwork:
    """Adds layers with random weights to a model; each method returns the layer's output.

    ``zero_point`` fixes an output's zero point; biases then move so that outputs still spread over the range.
    """

    def __init__(self, seed: int | np.random.Generator, name: str = "random") -> None:
        self.rng = np.random.default_rng(seed)
        self.builder = ModelBuilder(name)
        self.inputs: list[int] = []
        self._count = 0

    def input(self, *shape: int, scale: float = 0.05, zero_point: int = -1) -> Node:
        """An int8 input."""
        values = self.rng.integers(-128, 128, shape).astype(np.float64)
        node = self._node("input", scale * (values - zero_point), (scale, zero_point))
        self.inputs.append(node.index)
        return node

    def float_input(self, *shape: int) -> Node:
        """A float input and the ``QUANTIZE`` behind it."""
        sample = self.rng.normal(0, 1, shape)
        source = self.builder.tensor("float_input", shape, dtype=np.float32)
        self.inputs.append(source)
        return self._unary(Operation.QUANTIZE, source, self._node("quantize", sample))

    def conv(
        self,
        source: Node,
        channels: int,
        kernel: tuple[int, int] = (3, 3),
        *,
        stride: tuple[int, int] = (1, 1),
        padding: Padding = Padding.SAME,
        dilation: tuple[int, int] = (1, 1),
        activation: Activation = Activation.NONE,
        groups: int = 1,
        zero_point: int | None = None,
    ) -> Node:
        """Convolution with per-channel weights."""
        depth = source.sample.shape[3] // groups
        weights = self._weights((channels, *kernel, depth))
        taps = windows(source.sample, kernel, stride, dilation, padding, 0.0)
        parts = [
            np.einsum("nyxchw,ohwc->nyxo", part, block, optimize=True)
            for part, block in zip(np.split(taps, groups, axis=3), np.split(weights, groups), strict=True)
        ]
        output, weight_index, bias_index = self._scaled(
            "conv", source, weights, 0, np.concatenate(parts, axis=3), activation, zero_point
        )
        self.builder.conv_2d(
            source.index,
            weight_index,
            bias_index,
            output.index,
            stride=stride,
            padding=padding,
            dilation=dilation,
            activation=activation,
        )
        return output

    def depthwise(
        self,
        source: Node,
        multiplier: int = 1,
        kernel: tuple[int, int] = (3, 3),
        *,
        stride: tuple[int, int] = (1, 1),
        padding: Padding = Padding.SAME,
        dilation: tuple[int, int] = (1, 1),
        activation: Activation = Activation.NONE,
        zero_point: int | None = None,
    ) -> Node:
        """Depthwise convolution with per-channel weights."""
        channels = source.sample.shape[3] * multiplier
        weights = self._weights((1, *kernel, channels))
        taps = np.repeat(windows(source.sample, kernel, stride, dilation, padding, 0.0), multiplier, axis=3)
        sums = np.einsum("nyxchw,hwc->nyxc", taps, weights[0], optimize=True)
        output, weight_index, bias_index = self._scaled(
            "depthwise", source, weights, 3, sums, activation, zero_point
        )
        self.builder.depthwise_conv_2d(
            source.index,
            weight_index,
            bias_index,
            output.index,
            depth_multiplier=multiplier,
            stride=stride,
            padding=padding,
            dilation=dilation,
            activation=activation,
        )
        return output

    def fully_connected(
        self,
        source: Node,
        outputs: int,
        *,
        activation: Activation = Activation.NONE,
        zero_point: int | None = None,
        bias: bool = True,
    ) -> Node:
        """Fully-connected layer with per-tensor weights; all but the batch dimension are flattened."""
        flat = source.sample.reshape(source.sample.shape[0], -1)
        weights = self._weights((outputs, flat.shape[1]))
        output, weight_index, bias_index = self._scaled(
            "fully_connected", source, weights, None, flat @ weights.T, activation, zero_point, bias
        )
        self.builder.fully_connected(
            source.index, weight_index, bias_index, output.index, activation=activation
        )
        return output

    def add(
        self,
        left: Node,
        right: Node,
        *,
        activation: Activation = Activation.NONE,
        zero_point: int | None = None,
    ) -> Node:
        """Sum of two tensors."""
        return self._binary(Operation.ADD, left, right, left.sample + right.sample, activation, zero_point)

    def multiply(
        self,
        left: Node,
        right: Node,
        *,
        activation: Activation = Activation.NONE,
        zero_point: int | None = None,
    ) -> Node:
        """Product of two tensors, the second perhaps broadcast."""
        return self._binary(Operation.MUL, left, right, left.sample * right.sample, activation, zero_point)

    def constant(self, *shape: int) -> Node:
        """A constant int8 tensor."""
        scale, zero_point = 0.02, 5
        values = self.rng.integers(-128, 128, shape).astype(np.int8)
        index = self.builder.constant(self._name("constant"), values, Quantization((scale,), (zero_point,)))
        return Node(index, scale, zero_point, scale * (values.astype(np.float64) - zero_point))

    def average_pool(
        self,
        source: Node,
        size: tuple[int, int],
        *,
        stride: tuple[int, int] = (1, 1),
        padding: Padding = Padding.VALID,
        activation: Activation = Activation.NONE,
    ) -> Node:
        """Average pooling over the elements inside the image."""
        taps = windows(source.sample, size, stride, (1, 1), padding, math.nan)
        return self._pool(
            Operation.AVERAGE_POOL_2D,
            source,
            np.nanmean(taps, axis=(4, 5)),
            size,
            stride,
            padding,
            activation,
        )

    def max_pool(
        self,
        source: Node,
        size: tuple[int, int],
        *,
        stride: tuple[int, int] = (1, 1),
        padding: Padding = Padding.VALID,
        activation: Activation = Activation.NONE,
    ) -> Node:
        """Maximum pooling."""
        taps = windows(source.sample, size, stride, (1, 1), padding, -math.inf)
        return self._pool(
            Operation.MAX_POOL_2D, source, taps.max(axis=(4, 5)), size, stride, padding, activation
        )

    def mean(self, source: Node, *, keep_dimensions: bool = False, zero_point: int | None = None) -> Node:
        """Mean over height and width, requantised."""
        sample = source.sample.mean(axis=(1, 2), keepdims=keep_dimensions)
        output = self._node("mean", sample, zero_point=zero_point)
        self.builder.mean(source.index, (1, 2), output.index, keep_dimensions=keep_dimensions)
        return output

    def pad(self, source: Node, *paddings: tuple[int, int]) -> Node:
        """Padding with the zero point, one pair a dimension."""
        output = self._node("pad", np.pad(source.sample, paddings), (source.scale, source.zero_point))
        self.builder.pad(source.index, paddings, output.index)
        return output

    def reshape(self, source: Node, *shape: int) -> Node:
        """The same bytes in another shape."""
        output = self._node("reshape", source.sample.reshape(shape), (source.scale, source.zero_point))
        self.builder.reshape(source.index, output.index)
        return output

    def unary(self, operation: Operation, source: Node, *, zero_point: int | None = None) -> Node:
        """An element-wise function."""
        sample = UNARY_FUNCTIONS[operation](source.sample)
        output = self._node(operation.lower(), sample, FIXED_OUTPUTS.get(operation), zero_point)
        return self._unary(operation, source.index, output)

    def softmax(self, source: Node, *, beta: float = 1.0) -> Node:
        """Softmax over the last dimension."""
        powers = np.exp(beta * (source.sample - source.sample.max(axis=-1, keepdims=True)))
        output = self._node("softmax", powers / powers.sum(axis=-1, keepdims=True), (1 / 256, -128))
        self.builder.softmax(source.index, output.index, beta=beta)
        return output

    def build(self, *outputs: Node, float_output: bool = False) -> bytes:
        """The finished model; with ``float_output`` a ``DEQUANTIZE`` follows each output."""
        indices = [output.index for output in outputs]
        if float_output:
            indices = [
                self.builder.unary(
                    Operation.DEQUANTIZE,
                    output.index,
                    self.builder.tensor(self._name("dequantize"), output.sample.shape, dtype=np.float32),
                )
                for output in outputs
            ]
        return self.builder.build(self.inputs, indices)

    def _weights(self, shape: Sequence[int]) -> Real:
        return self.rng.integers(-127, 128, shape).astype(np.float64)

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count}"

    def _node(
        self,
        kind: str,
        sample: Real,
        quantization: tuple[float, int] | None = None,
        zero_point: int | None = None,
    ) -> Node:
        scale, zero = quantization or _range(sample, zero_point)
        scale = float(np.float32(scale))
        index = self.builder.tensor(self._name(kind), sample.shape, Quantization((scale,), (zero,)))
        steps = np.clip(np.rint(sample / scale) + zero, -128, 127)
        return Node(index, scale, zero, scale * (steps - zero))

    def _scaled(
        self,
        kind: str,
        source: Node,
        weights: Real,
        axis: int | None,
        sums: Real,
        activation: Activation,
        zero_point: int | None,
        bias: bool = True,
    ) -> tuple[Node, int, int]:
        """Choose weight scales and biases for raw sums of ``real input * integer weight``."""
        channels = sums.shape[-1]
        reduced = tuple(range(sums.ndim - 1)) if axis is not None else None
        deviation = np.broadcast_to(np.sqrt(np.mean(sums**2, axis=reduced)), channels) + 1e-3
        unevenness = np.exp(self.rng.normal(0, 0.5, channels)) if axis is not None else 1.0
        spread = SPREAD if activation is not Activation.RELU_N1_TO_1 else NARROW_SPREAD
        scales = (spread * unevenness / deviation).astype(np.float32)
        steps = scales * source.scale
        centre = 0.0
        if zero_point is not None and activation is Activation.NONE:
            centre = -zero_point * 6 * spread / 255
        biases = np.rint((centre + self.rng.normal(0, spread / 3, channels)) / steps).astype(np.int32)
        kept = scales if axis is not None else scales[:1]
        name = self._name("weights")
        weight_index = self.builder.constant(
            name,
            weights.astype(np.int8),
            Quantization(tuple(map(float, kept)), (0,) * len(kept), axis or 0),
        )
        bias_index = -1
        if bias:
            kept_steps = tuple(map(float, kept * np.float32(source.scale)))
            bias_index = self.builder.constant(
                f"{name}/bias", biases, Quantization(kept_steps, (0,) * len(kept), 0)
            )
        real = np.clip(sums * scales + (biases * steps if bias else 0), *ACTIVATION_LIMITS[activation])
        return self._node(kind, real, None, zero_point), weight_index, bias_index

    def _binary(
        self,
        operation: Operation,
        left: Node,
        right: Node,
        sample: Real,
        activation: Activation,
        zero_point: int | None,
    ) -> Node:
        sample = np.clip(sample, *ACTIVATION_LIMITS[activation])
        output = self._node(operation.lower(), sample, zero_point=zero_point)
        self.builder.binary(operation, left.index, right.index, output.index, activation=activation)
        return output

    def _pool(
        self,
        operation: Operation,
        source: Node,
        sample: Real,
        size: tuple[int, int],
        stride: tuple[int, int],
        padding: Padding,
        activation: Activation,
    ) -> Node:
        sample = np.clip(sample, *ACTIVATION_LIMITS[activation])
        output = self._node(operation.lower(), sample, (source.scale, source.zero_point))
        self.builder.pool_2d(
            operation,
            source.index,
            output.index,
            size=size,
            stride=stride,
            padding=padding,
            activation=activation,
        )
        return output

    def _unary(self, operation: Operation, source: int, output: Node) -> Node:
        if operation is Operation.LEAKY_RELU:
            self.builder.leaky_relu(source, output.index, alpha=0.1)
        elif operation is Operation.GELU:
            self.builder.gelu(source, output.index)
        else:
            self.builder.unary(operation, source, output.index)
        return output


def _range(sample: Real, zero_point: int | None) -> tuple[float, int]:
    """Scale and zero point that let all but the outermost values of a sample fit."""
    low, high = min(0.0, np.percentile(sample, 0.5)), max(0.0, np.percentile(sample, 99.5))
    if zero_point is not None:
        below, above = zero_point + 128, 127 - zero_point
        scale = max(-low / below if below else 0.0, high / above if above else 0.0)
        return max(scale, 1e-3), zero_point
    scale = max(high - low, 1e-3) / 255
    return scale, int(np.clip(np.rint(-128 - low / scale), -128, 127))
