"""What each operator of a ``.tflite`` file means: its attributes, and every check that it can run here."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tflite

from celosia.compiler.graph import Operation, Operator, Tensor, Window
from celosia.compiler.tflite_import_decode import RawOperator, RawTensor
from celosia.compiler.tflite_import_reader import FLOAT32, INT8, INT32, Reader

HARD_SWISH_SCALE_RATIO = 128


def import_operator(
    raw: RawOperator, raw_tensors: Sequence[RawTensor], tensors: Sequence[Tensor]
) -> Operator:
    """One operator of the graph. Raises :class:`ModelError` if it cannot run here."""
    reader = Reader(raw, raw_tensors, tensors)
    if raw.name not in HANDLERS:
        reader.fail("is not supported: no hardware form")
    fewest_inputs, most_inputs, handler = HANDLERS[raw.name]
    reader.check_arity(fewest_inputs, most_inputs)
    return handler(reader)


def _result(reader: Reader, **fields: Any) -> Operator:
    return Operator(Operation(reader.raw.name), reader.raw.inputs, reader.raw.outputs, **fields)


def _padding(reader: Reader, size: int, extent: int, stride: int) -> tuple[int, int, int]:
    """(output size, before, after) along one axis; SAME puts the odd pixel after."""
    reader.require(stride >= 1 and extent >= 1, "has a stride, dilation or window below 1")
    padding = reader.option("Padding")
    if padding == tflite.Padding.SAME:
        output = -(-size // stride)
        total = max((output - 1) * stride + extent - size, 0)
        return output, total // 2, total - total // 2
    reader.require(padding == tflite.Padding.VALID, f"has padding {padding}, which is not SAME or VALID")
    reader.require(size >= extent, f"has a window of {extent} on an image of {size} without padding")
    return (size - extent) // stride + 1, 0, 0


def _window(reader: Reader, kernel: tuple[int, int], channels: int, **fields: Any) -> Window:
    image = reader.source.shape
    dilation = fields.get("dilation", (1, 1))
    stride = (reader.option("StrideH"), reader.option("StrideW"))
    extent = [(kernel[axis] - 1) * dilation[axis] + 1 for axis in (0, 1)]
    rows, top, bottom = _padding(reader, image[1], extent[0], stride[0])
    columns, left, right = _padding(reader, image[2], extent[1], stride[1])
    reader.check_output_shape((image[0], rows, columns, channels))
    return Window(stride=stride, padding=(top, bottom, left, right), **fields)


def _check_weighted(reader: Reader, ranks: tuple[int, ...], axis: int) -> int:
    """Common to everything that has weights; returns the number of output channels."""
    reader.check_types(INT8, INT8, INT32)
    reader.check_type(reader.raw.outputs[0], INT8)
    reader.check_one_scale(reader.raw.inputs[0])
    reader.check_one_scale(reader.raw.outputs[0])
    weights = reader.raw_tensors[reader.raw.inputs[1]]
    reader.require(reader.tensors[reader.raw.inputs[1]].data is not None, "needs constant weights")
    reader.require(len(weights.shape) == ranks[-1], f"must have weights of {ranks[-1]} dimensions")
    reader.require(
        len(ranks) == 1 or len(reader.source.shape) == ranks[0],
        f"must have an input of {ranks[0]} dimensions",
    )
    reader.require(not any(weights.zero_point), "has weights with a zero point, which is not supported")
    reader.require(
        len(weights.scale) == 1 or weights.axis == axis,
        "has weights that are not quantised per output channel",
    )
    channels = weights.shape[axis]
    if len(reader.raw.inputs) > 2 and reader.raw.inputs[2] >= 0:
        bias = reader.tensors[reader.raw.inputs[2]]
        reader.require(bias.data is not None, "needs a constant bias")
        reader.require(
            bias.shape == (channels,), f"must have {channels} biases, not shape {list(bias.shape)}"
        )
    return channels


def _conv_2d(reader: Reader) -> Operator:
    channels = _check_weighted(reader, (4, 4), axis=0)
    _, rows, columns, depth = reader.tensors[reader.raw.inputs[1]].shape
    source_channels = reader.source.shape[3]
    groups = source_channels // depth
    reader.require(
        groups * depth == source_channels and channels % max(groups, 1) == 0,
        f"has {source_channels} input channels, weights for {depth} and {channels} outputs: no whole groups",
    )
    dilation = (reader.option("DilationHFactor"), reader.option("DilationWFactor"))
    window = _window(reader, (rows, columns), channels, dilation=dilation)
    return _result(reader, activation=reader.activation, window=window)


def _depthwise_conv_2d(reader: Reader) -> Operator:
    channels = _check_weighted(reader, (4, 4), axis=3)
    batch, rows, columns, _ = reader.tensors[reader.raw.inputs[1]].shape
    multiplier = reader.option("DepthMultiplier")
    reader.require(
        batch == 1 and channels == reader.source.shape[3] * multiplier,
        f"has {channels} outputs, which are not {reader.source.shape[3]} inputs times {multiplier}",
    )
    dilation = (reader.option("DilationHFactor"), reader.option("DilationWFactor"))
    window = _window(reader, (rows, columns), channels, dilation=dilation, depth_multiplier=multiplier)
    return _result(reader, activation=reader.activation, window=window)


def _fully_connected(reader: Reader) -> Operator:
    channels = _check_weighted(reader, (2,), axis=0)
    inputs = reader.tensors[reader.raw.inputs[1]].shape[1]
    size, output_size = (math.prod(tensor.shape) for tensor in (reader.source, reader.output))
    reader.require(
        size % inputs == 0
        and output_size == size // inputs * channels
        and reader.output.shape[-1] == channels,
        f"has {size} inputs and {output_size} outputs, which do not fit its {channels} x {inputs} weights",
    )
    reader.require(
        reader.option("WeightsFormat") == tflite.FullyConnectedOptionsWeightsFormat.DEFAULT,
        "has shuffled weights, which are not supported",
    )
    return _result(reader, activation=reader.activation)


def _binary(reader: Reader) -> Operator:
    reader.check_activations()
    shapes = [reader.tensors[index].shape for index in reader.raw.inputs]
    try:
        expected = np.broadcast_shapes(*shapes)
    except ValueError:
        reader.fail(f"has inputs of shapes {list(shapes[0])} and {list(shapes[1])}, which do not broadcast")
    reader.check_output_shape(expected)
    return _result(reader, activation=reader.activation)


def _pool_2d(reader: Reader) -> Operator:
    reader.check_activations()
    reader.require(len(reader.source.shape) == 4, "must have an input of 4 dimensions")
    size = (reader.option("FilterHeight"), reader.option("FilterWidth"))
    window = _window(reader, size, reader.source.shape[3], size=size)
    return _result(reader, activation=reader.activation, window=window)


def _mean(reader: Reader) -> Operator:
    reader.check_types(INT8, INT32)
    reader.check_type(reader.raw.outputs[0], INT8)
    reader.check_one_scale(reader.raw.inputs[0])
    reader.check_one_scale(reader.raw.outputs[0])
    shape = reader.source.shape
    given = reader.constant(1, INT32)
    reader.require(
        bool(given) and all(-len(shape) <= axis < len(shape) for axis in given),
        f"has axes {list(given)} on {len(shape)} dimensions",
    )
    axes = tuple(sorted({axis % len(shape) for axis in given}))
    keep = bool(reader.option("KeepDims"))
    expected = [1 if axis in axes else extent for axis, extent in enumerate(shape)]
    if not keep:
        expected = [extent for axis, extent in enumerate(shape) if axis not in axes]
    reader.check_output_shape(expected)
    return _result(reader, attributes={"axes": axes, "keep_dims": int(keep)})


def _pad(reader: Reader) -> Operator:
    reader.check_type(reader.raw.inputs[0], INT8)
    reader.check_type(reader.raw.outputs[0], INT8)
    reader.check_one_scale(reader.raw.inputs[0])
    reader.check_one_scale(reader.raw.outputs[0])
    paddings = reader.constant(1, INT32, "INT64")
    shape = reader.source.shape
    reader.require(
        len(paddings) == 2 * len(shape) and all(amount >= 0 for amount in paddings),
        f"has paddings {list(paddings)}, not a pair from zero up for each of {len(shape)} dimensions",
    )
    reader.check_output_shape(
        [extent + paddings[2 * axis] + paddings[2 * axis + 1] for axis, extent in enumerate(shape)]
    )
    return _result(reader, attributes={"paddings": paddings})


def _reshape(reader: Reader) -> Operator:
    reader.check_type(reader.raw.inputs[0], INT8)
    reader.check_type(reader.raw.outputs[0], INT8)
    reader.require(
        math.prod(reader.source.shape) == math.prod(reader.output.shape),
        f"changes the size of {list(reader.source.shape)} to {list(reader.output.shape)}",
    )
    return _result(reader)


def _quantize(reader: Reader) -> Operator:
    source_type = reader.raw_tensors[reader.raw.inputs[0]].type_name
    reader.check_types(FLOAT32 if source_type == FLOAT32 else INT8)
    reader.check_type(reader.raw.outputs[0], INT8)
    reader.check_one_scale(reader.raw.outputs[0])
    if source_type != FLOAT32:
        reader.check_one_scale(reader.raw.inputs[0])
    reader.check_output_shape(reader.source.shape)
    return _result(reader)


def _dequantize(reader: Reader) -> Operator:
    reader.check_types(INT8)
    reader.check_one_scale(reader.raw.inputs[0])
    reader.check_type(reader.raw.outputs[0], FLOAT32)
    reader.check_output_shape(reader.source.shape)
    return _result(reader)


def _unary(reader: Reader) -> Operator:
    reader.check_activations()
    reader.check_output_shape(reader.source.shape)
    attributes: dict[str, float | int] = {}
    match Operation(reader.raw.name):
        case Operation.SOFTMAX:
            reader.check_output_scale(1 / 256, -128)
            attributes["beta"] = float(reader.option("Beta"))
        case Operation.LOGISTIC:
            reader.check_output_scale(1 / 256, -128)
        case Operation.TANH:
            reader.check_output_scale(1 / 128, 0)
        case Operation.LEAKY_RELU:
            attributes["alpha"] = float(reader.option("Alpha"))
        case Operation.GELU:
            attributes["approximate"] = int(reader.option("Approximate"))
        case Operation.HARD_SWISH:
            ratio = (
                reader.raw_tensors[reader.raw.inputs[0]].scale[0]
                / reader.raw_tensors[reader.raw.outputs[0]].scale[0]
            )
            reader.require(ratio < HARD_SWISH_SCALE_RATIO, "has an input scale 128 times the output scale")
    return _result(reader, attributes=attributes)


UNARY = (
    Operation.SOFTMAX,
    Operation.RELU,
    Operation.RELU6,
    Operation.LEAKY_RELU,
    Operation.LOGISTIC,
    Operation.TANH,
    Operation.HARD_SWISH,
    Operation.ELU,
    Operation.GELU,
)

# fewest inputs, most inputs, what imports it
HANDLERS: dict[str, tuple[int, int, Callable[[Reader], Operator]]] = {
    Operation.CONV_2D: (2, 3, _conv_2d),
    Operation.DEPTHWISE_CONV_2D: (2, 3, _depthwise_conv_2d),
    Operation.FULLY_CONNECTED: (2, 3, _fully_connected),
    Operation.ADD: (2, 2, _binary),
    Operation.MUL: (2, 2, _binary),
    Operation.AVERAGE_POOL_2D: (1, 1, _pool_2d),
    Operation.MAX_POOL_2D: (1, 1, _pool_2d),
    Operation.MEAN: (2, 2, _mean),
    Operation.PAD: (2, 2, _pad),
    Operation.RESHAPE: (1, 2, _reshape),
    Operation.QUANTIZE: (1, 1, _quantize),
    Operation.DEQUANTIZE: (1, 1, _dequantize),
    **dict.fromkeys(UNARY, (1, 1, _unary)),
}
