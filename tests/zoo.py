"""Networks for tests: ``ZOO`` maps a name to a function of a seed that returns a model's bytes.

Small ones each hold one kind of difficulty (odd sizes, unaligned channel counts, extreme zero points, ...);
the last ones have the shapes of real networks. All weights are random, all tensors spread over int8.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from celosia.compiler.graph import Activation, Operation
from celosia.compiler.tflite_writer import Padding
from tests.random_network import Node, RandomNetwork

RELU, RELU6 = Activation.RELU, Activation.RELU6
VALID = Padding.VALID

NOT_IN_TFLITE_MICRO = frozenset({"gelu"})
"""Networks with an operator for which TFLite Micro has no kernel, so it cannot judge them."""


def odd_sizes(seed: int) -> bytes:
    """7x5 image, 3 channels: strides and channel counts that divide nothing."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 7, 5, 3), 5, activation=RELU)
    x = net.conv(x, 13, stride=(2, 2), activation=RELU6)
    return net.build(net.conv(x, 17, (1, 1)))


def asymmetric_same(seed: int) -> bytes:
    """Stride 2 and 3 with SAME: the padding differs on the two sides."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 14, 12, 5), 13, stride=(2, 2))
    x = net.depthwise(x, kernel=(5, 5), stride=(2, 2), activation=RELU)
    return net.build(net.conv(x, 3, (2, 2), stride=(3, 2)))


def valid_windows(seed: int) -> bytes:
    """13x11 image, VALID: the last columns of a strided image are never read."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 13, 11, 5), 17, padding=VALID, stride=(2, 3), activation=RELU6)
    return net.build(net.conv(x, 3, (2, 2), padding=VALID))


def one_dimensional(seed: int) -> bytes:
    """Kernels 3x1 and 1x7, dense and depthwise."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 21, 9, 3), 5, (3, 1), stride=(2, 1), activation=RELU)
    x = net.depthwise(x, kernel=(1, 7), activation=RELU)
    x = net.conv(x, 13, (1, 7))
    return net.build(net.depthwise(x, kernel=(9, 1), padding=VALID))


def large_kernels(seed: int) -> bytes:
    """Speech-like: 10x8 depthwise with multiplier 8 on one channel, then a 10x4 convolution."""
    net = RandomNetwork(seed)
    x = net.depthwise(net.input(1, 25, 20, 1), 8, (10, 8), stride=(2, 2), activation=RELU)
    return net.build(net.conv(x, 5, (10, 4), stride=(2, 2), activation=RELU))


def dense_large_kernel(seed: int) -> bytes:
    """A dense 10x8 kernel larger than the image it is padded to."""
    net = RandomNetwork(seed)
    return net.build(net.conv(net.input(1, 9, 7, 3), 5, (10, 8), activation=RELU6))


def dilated(seed: int) -> bytes:
    """Dilation 2, equal and different per direction, dense and depthwise, SAME and VALID."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 13, 11, 3), 5, dilation=(2, 2), activation=RELU)
    x = net.depthwise(x, dilation=(2, 2))
    x = net.conv(x, 13, dilation=(1, 2), padding=VALID)
    return net.build(net.depthwise(x, 2, dilation=(3, 1)))


def depth_multipliers(seed: int) -> bytes:
    """Depthwise convolutions with multipliers 1, 2 and 8."""
    net = RandomNetwork(seed)
    x = net.depthwise(net.input(1, 9, 8, 3), 1, activation=RELU6)
    x = net.depthwise(x, 2, stride=(2, 2), activation=RELU)
    return net.build(net.depthwise(x, 8, padding=VALID))


def depthwise_kernels(seed: int) -> bytes:
    """Depthwise 5x5 with stride 2 and uneven padding, 7x7, 15x1 and 1x9 on 21 channels."""
    net = RandomNetwork(seed)
    x = net.depthwise(net.input(1, 24, 19, 21), kernel=(5, 5), stride=(2, 2), activation=RELU)
    x = net.depthwise(x, kernel=(7, 7))
    x = net.depthwise(x, kernel=(15, 1), stride=(2, 1), activation=RELU6)
    return net.build(net.depthwise(x, kernel=(1, 9), padding=VALID))


def wide_rows(seed: int) -> bytes:
    """Rows of 281 pixels: longer than the line buffers and than any block."""
    net = RandomNetwork(seed)
    x = net.depthwise(net.input(1, 5, 281, 3), 3, activation=RELU)
    return net.build(net.depthwise(x, kernel=(5, 5), stride=(1, 3)))


def low_zero_points(seed: int) -> bytes:
    """Every zero point is -128."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 8, 7, 3, zero_point=-128), 13, zero_point=-128)
    x = net.depthwise(x, zero_point=-128)
    x = net.add(x, net.conv(x, 13, (1, 1), zero_point=-128), zero_point=-128)
    return net.build(net.fully_connected(x, 5, zero_point=-128))


def high_zero_points(seed: int) -> bytes:
    """Every zero point is 127."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 8, 7, 3, zero_point=127), 13, zero_point=127)
    x = net.depthwise(x, zero_point=127)
    x = net.add(x, net.conv(x, 13, (1, 1), zero_point=127), zero_point=127)
    x = net.average_pool(x, (3, 3), padding=Padding.SAME)
    return net.build(net.fully_connected(x, 5, zero_point=127))


def fused_activations(seed: int) -> bytes:
    """Each fused activation on each kind of operator, with an output range that it cuts."""
    net = RandomNetwork(seed)
    x = net.input(1, 6, 6, 5)
    for activation in Activation:
        y = net.conv(x, 5, (1, 1), activation=activation, zero_point=-37)
        z = net.depthwise(x, activation=activation, zero_point=21)
        x = net.add(y, z, activation=activation, zero_point=-60)
        x = net.average_pool(x, (2, 2), padding=Padding.SAME, activation=activation)
    return net.build(net.fully_connected(x, 7, activation=RELU6, zero_point=-20))


def residual(seed: int) -> bytes:
    """Two residual additions whose operands have different scales, either one the larger."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 9, 7, 3), 13, activation=RELU)
    y = net.add(x, net.conv(net.conv(x, 5, activation=RELU), 13), activation=RELU)
    z = net.multiply(y, net.constant(1, 1, 1, 13))
    return net.build(net.add(z, y), net.add(y, z))


def squeeze_excite(seed: int) -> bytes:
    """Channel attention: mean, two 1x1 convolutions, logistic, a broadcast product."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 9, 7, 3), 13, activation=RELU6)
    return net.build(net.conv(attention(net, x, 5), 17, (1, 1)))


def products(seed: int) -> bytes:
    """Products of equal shapes and with a constant."""
    net = RandomNetwork(seed)
    x = net.input(1, 7, 5, 13)
    y = net.conv(x, 13)
    z = net.multiply(x, y, activation=RELU)
    return net.build(net.multiply(z, net.constant(1, 7, 5, 13)))


def pooling(seed: int) -> bytes:
    """Average and maximum pooling, SAME with partial windows and VALID."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 15, 13, 3), 13)
    x = net.max_pool(x, (3, 3), stride=(2, 2), padding=Padding.SAME)
    y = net.average_pool(x, (3, 3), padding=Padding.SAME)
    z = net.average_pool(x, (2, 3), stride=(2, 1), padding=VALID)
    return net.build(y, z, net.max_pool(x, (2, 2), stride=(2, 2), padding=VALID, activation=RELU))


def global_pooling(seed: int) -> bytes:
    """Mean and average pooling over whole images of 5x7 and 12x12."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 5, 7, 3), 13)
    y = net.average_pool(net.input(1, 12, 12, 3), (12, 12))
    return net.build(net.fully_connected(net.mean(x), 7), net.mean(x, keep_dimensions=True), y)


def padded(seed: int) -> bytes:
    """PAD in front of a VALID convolution, in front of a depthwise one, and on its own."""
    net = RandomNetwork(seed)
    x = net.pad(net.input(1, 7, 6, 3, zero_point=17), (0, 0), (0, 1), (2, 1), (0, 0))
    x = net.conv(x, 5, padding=VALID, activation=RELU6)
    x = net.depthwise(net.pad(x, (0, 0), (1, 1), (1, 1), (0, 0)), padding=VALID)
    return net.build(net.pad(x, (0, 0), (2, 1), (0, 3), (0, 0)))


def reshaped(seed: int) -> bytes:
    """RESHAPE before a fully-connected layer and between convolutions; softmax at the end."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 6, 4, 3), 5)
    x = net.conv(net.reshape(x, 1, 4, 6, 5), 5, activation=RELU)
    x = net.fully_connected(net.reshape(x, 1, 120), 11)
    return net.build(net.softmax(x))


def float_edges(seed: int) -> bytes:
    """Float input and output: QUANTIZE first, DEQUANTIZE last."""
    net = RandomNetwork(seed)
    x = net.conv(net.float_input(1, 7, 5, 3), 5, activation=RELU)
    return net.build(net.fully_connected(x, 10), float_output=True)


def fully_connected_chain(seed: int) -> bytes:
    """Fully-connected layers of sizes that divide nothing, one without a bias."""
    net = RandomNetwork(seed)
    x = net.fully_connected(net.input(1, 67), 45, activation=RELU)
    x = net.fully_connected(x, 5, bias=False)
    x = net.fully_connected(x, 130, activation=RELU6)
    return net.build(net.fully_connected(x, 17))


def fully_connected_wide(seed: int) -> bytes:
    """Fully-connected layers that take longer than their outputs take to be requantised."""
    net = RandomNetwork(seed)
    x = net.input(1, 160)
    for outputs in (96, 130, 90):
        x = net.fully_connected(x, outputs, activation=RELU)
    return net.build(net.fully_connected(x, 50))


def fully_connected_batch(seed: int) -> bytes:
    """Fully-connected layers on a batch of three."""
    net = RandomNetwork(seed)
    x = net.fully_connected(net.input(3, 19), 13, activation=RELU)
    return net.build(net.fully_connected(x, 7))


def grouped_convolution(seed: int) -> bytes:
    """Convolutions of three and two groups."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 7, 6, 9), 6, groups=3, activation=RELU)
    return net.build(net.conv(x, 10, (3, 2), groups=2, stride=(2, 1)))


def unary_functions(seed: int) -> bytes:
    """Each element-wise function, and a requantisation between int8 tensors."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 5, 4, 3), 13)
    functions = (
        Operation.RELU,
        Operation.RELU6,
        Operation.LEAKY_RELU,
        Operation.LOGISTIC,
        Operation.TANH,
        Operation.HARD_SWISH,
        Operation.ELU,
    )
    requantised = net.unary(Operation.QUANTIZE, x, zero_point=40)
    return net.build(*(net.unary(function, x) for function in functions), requantised)


def gelu(seed: int) -> bytes:
    """GELU, for which TFLite Micro has no kernel."""
    net = RandomNetwork(seed)
    return net.build(net.unary(Operation.GELU, net.conv(net.input(1, 5, 4, 3), 13)))


def mobilenet_v1_quarter(seed: int) -> bytes:
    """MobileNetV1 0.25 on 96x96x3: MLPerf Tiny's visual wake words, 7.5 M multiply-accumulates."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 96, 96, 3), 8, stride=(2, 2), activation=RELU6)
    plan = [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5, (256, 2), (256, 1)]
    for channels, stride in plan:
        x = net.depthwise(x, stride=(stride, stride), activation=RELU6)
        x = net.conv(x, channels, (1, 1), activation=RELU6)
    x = net.average_pool(x, (3, 3))
    x = net.reshape(net.conv(x, 2, (1, 1)), 1, 2)
    return net.build(net.softmax(x))


def resnet_small(seed: int) -> bytes:
    """A residual network on 16x16x3 with three stages, the shape of MLPerf Tiny's ResNet-8."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 16, 16, 3), 8, activation=RELU)
    for channels, stride in ((8, 1), (16, 2), (32, 2)):
        y = net.conv(x, channels, stride=(stride, stride), activation=RELU)
        y = net.conv(y, channels)
        if stride != 1:
            x = net.conv(x, channels, (1, 1), stride=(stride, stride))
        x = net.add(x, y, activation=RELU)
    x = net.average_pool(x, (4, 4))
    return net.build(net.softmax(net.fully_connected(net.reshape(x, 1, 32), 10)))


def mobilenet_v2_block(seed: int) -> bytes:
    """Inverted residuals with squeeze-excite and hard-swish."""
    net = RandomNetwork(seed)
    x = net.unary(Operation.HARD_SWISH, net.conv(net.input(1, 20, 20, 3), 8, stride=(2, 2)))
    for stride in (1, 2, 1):
        y = net.conv(x, 24, (1, 1), activation=RELU6)
        y = net.depthwise(y, kernel=(5, 5), stride=(stride, stride), activation=RELU6)
        y = net.conv(attention(net, y, 6), 8, (1, 1))
        x = net.add(x, y) if stride == 1 else y
    return net.build(net.fully_connected(net.mean(x), 11))


def random_convolutions(seed: int) -> bytes:
    """A few layers of :func:`random_conv_model` on a random image."""
    return random_conv_model(np.random.default_rng(seed))


def attention(net: RandomNetwork, source: Node, hidden: int) -> Node:
    """Scale each channel by a function of all channels' means."""
    channels = source.sample.shape[3]
    x = net.conv(net.mean(source, keep_dimensions=True), hidden, (1, 1), activation=RELU)
    x = net.unary(Operation.LOGISTIC, net.conv(x, channels, (1, 1)))
    return net.multiply(source, x)


def random_conv_model(rng: np.random.Generator, *, layers: int = 3) -> bytes:
    """Random convolutions, dense, grouped and depthwise, of random geometry and zero points."""
    net = RandomNetwork(rng)

    def draw(*choices: int) -> int:
        return int(rng.choice(choices))

    x = net.input(
        1, draw(*range(3, 15)), draw(*range(3, 15)), draw(1, 2, 3, 5, 8, 13), zero_point=draw(-128, -7, 127)
    )
    for _ in range(layers):
        height, width, channels = x.sample.shape[1:]
        padding = Padding.SAME if rng.random() < 0.6 else Padding.VALID
        kernel, dilation = (draw(1, 2, 3, 5), draw(1, 2, 3, 7)), (draw(1, 1, 2), draw(1, 1, 2))
        if padding is VALID:
            kernel = (min(kernel[0], height), min(kernel[1], width))
            fits = [(kernel[axis] - 1) * 2 < (height, width)[axis] for axis in range(2)]
            dilation = (dilation[0] if fits[0] else 1, dilation[1] if fits[1] else 1)
        stride = (1, 1) if dilation != (1, 1) else (draw(1, 1, 2, 3), draw(1, 1, 2, 3))
        activation = Activation(rng.choice(list(Activation)))
        zero_point = int(rng.integers(-128, 128)) if rng.random() < 0.3 else None
        options: dict[str, Any] = {
            "stride": stride,
            "padding": padding,
            "dilation": dilation,
            "activation": activation,
            "zero_point": zero_point,
        }
        if rng.random() < 0.35 and channels <= 16:
            x = net.depthwise(x, draw(1, 1, 2, 3), kernel, **options)
        else:
            groups = 2 if channels % 2 == 0 and rng.random() < 0.3 else 1
            x = net.conv(x, groups * draw(1, 3, 5, 8, 17), kernel, groups=groups, **options)
    return net.build(x)


ZOO: dict[str, Callable[[int], bytes]] = {
    function.__name__: function
    for function in (
        odd_sizes,
        asymmetric_same,
        valid_windows,
        one_dimensional,
        large_kernels,
        dense_large_kernel,
        dilated,
        depth_multipliers,
        depthwise_kernels,
        wide_rows,
        low_zero_points,
        high_zero_points,
        fused_activations,
        residual,
        squeeze_excite,
        products,
        pooling,
        global_pooling,
        padded,
        reshaped,
        float_edges,
        fully_connected_chain,
        fully_connected_wide,
        fully_connected_batch,
        grouped_convolution,
        unary_functions,
        gelu,
        random_convolutions,
        resnet_small,
        mobilenet_v2_block,
        mobilenet_v1_quarter,
    )
}
