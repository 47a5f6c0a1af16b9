"""Runs a graph on the golden kernels: what every tensor must be, bit for bit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from celosia import golden
from celosia.compiler import quantized
from celosia.compiler.graph import Graph, Operation, Operator

Array = NDArray[Any]
Tensors = Mapping[int, Array]


def evaluate(graph: Graph, inputs: Mapping[int, Array] | Sequence[Array]) -> dict[int, Array]:
    """Every tensor that is constant, given or computed, by its index.

    ``inputs`` are keyed by tensor index, or in the order of ``graph.inputs``. Raises ``ValueError`` for a
    missing or extra input or a wrong shape, ``TypeError`` for a wrong element type.
    """
    given = dict(inputs) if isinstance(inputs, Mapping) else dict(zip(graph.inputs, inputs, strict=True))
    if given.keys() != set(graph.inputs):
        raise ValueError(f"inputs must be for tensors {sorted(graph.inputs)}, not {sorted(given)}")
    values = {index: tensor.data for index, tensor in enumerate(graph.tensors) if tensor.data is not None}
    for index, value in given.items():
        tensor = graph.tensors[index]
        if value.dtype != tensor.dtype:
            raise TypeError(f"input {tensor.name!r} must be {tensor.dtype}, not {value.dtype}")
        if value.shape != tensor.shape:
            raise ValueError(f"input {tensor.name!r} must have the shape {tensor.shape}, not {value.shape}")
        values[index] = value
    for operator in graph.operators:
        values[operator.outputs[0]] = evaluate_operator(graph, operator, values)
    return values


def evaluate_operator(graph: Graph, operator: Operator, values: Tensors) -> Array:
    """The output of one operator, from the values of its inputs."""
    return KERNELS[operator.operation](graph, operator, values)


def _convolution(kernel: Callable[..., Array]) -> Callable[[Graph, Operator, Tensors], Array]:
    def run(graph: Graph, operator: Operator, values: Tensors) -> Array:
        if operator.window is None:
            raise ValueError(f"{operator.operation.value} must have a window")
        return kernel(
            values[operator.inputs[0]],
            values[operator.inputs[1]],
            **vars(quantized.conv_constants(graph, operator)),
            stride=operator.window.stride,
            padding=operator.window.padding,
            dilation=operator.window.dilation,
        )

    return run


def _fully_connected(graph: Graph, operator: Operator, values: Tensors) -> Array:
    weights = values[operator.inputs[1]]
    source = values[operator.inputs[0]].reshape(-1, weights.shape[1])
    constants = quantized.conv_constants(graph, operator)
    result = golden.fully_connected(source, weights, **vars(constants))
    return result.reshape(graph.tensors[operator.outputs[0]].shape)


def _add(graph: Graph, operator: Operator, values: Tensors) -> Array:
    a, b = (values[index] for index in operator.inputs)
    return golden.add(a, b, **vars(quantized.add_constants(graph, operator)))


def _mul(graph: Graph, operator: Operator, values: Tensors) -> Array:
    a, b = (values[index] for index in operator.inputs)
    return golden.mul(a, b, **vars(quantized.mul_constants(graph, operator)))


def _pool(kernel: Callable[..., Array]) -> Callable[[Graph, Operator, Tensors], Array]:
    def run(graph: Graph, operator: Operator, values: Tensors) -> Array:
        window = operator.window
        if window is None or window.size is None:
            raise ValueError(f"{operator.operation.value} must have a window with a size")
        return kernel(
            values[operator.inputs[0]],
            size=window.size,
            stride=window.stride,
            padding=window.padding,
            clamp=quantized.output_clamp(graph, operator),
        )

    return run


def _mean(graph: Graph, operator: Operator, values: Tensors) -> Array:
    constants = quantized.mean_constants(graph, operator)
    return golden.mean(
        values[operator.inputs[0]],
        axes=quantized.numbers(operator, "axes"),
        keep_dims=bool(quantized.number(operator, "keep_dims")),
        input_zero=constants.input_zero,
        multiplier=constants.multiplier,
        shift=constants.shift,
        output_zero=constants.output_zero,
        clamp=constants.clamp,
    )


def _pad(graph: Graph, operator: Operator, values: Tensors) -> Array:
    flat = quantized.numbers(operator, "paddings")
    pairs = list(zip(flat[0::2], flat[1::2], strict=True))
    return golden.pad(
        values[operator.inputs[0]], pairs, zero=quantized.affine(graph, operator.outputs[0]).zero_point
    )


def _reshape(graph: Graph, operator: Operator, values: Tensors) -> Array:
    return values[operator.inputs[0]].reshape(graph.tensors[operator.outputs[0]].shape)


def _quantize(graph: Graph, operator: Operator, values: Tensors) -> Array:
    source = values[operator.inputs[0]]
    if np.issubdtype(source.dtype, np.floating):
        return golden.quantize(source, quantized.affine(graph, operator.outputs[0]))
    return _table(graph, operator, values)


def _dequantize(graph: Graph, operator: Operator, values: Tensors) -> Array:
    return golden.dequantize(values[operator.inputs[0]], quantized.affine(graph, operator.inputs[0]))


def _softmax(graph: Graph, operator: Operator, values: Tensors) -> Array:
    return golden.softmax(
        values[operator.inputs[0]],
        input_scale=quantized.affine(graph, operator.inputs[0]).scale,
        beta=quantized.number(operator, "beta"),
    )


def _table(graph: Graph, operator: Operator, values: Tensors) -> Array:
    return quantized.unary_table(graph, operator)[values[operator.inputs[0]].view(np.uint8)]


TABLE_OPERATIONS = (
    Operation.RELU,
    Operation.RELU6,
    Operation.LEAKY_RELU,
    Operation.LOGISTIC,
    Operation.TANH,
    Operation.HARD_SWISH,
    Operation.ELU,
    Operation.GELU,
)

KERNELS: dict[Operation, Callable[[Graph, Operator, Tensors], Array]] = {
    Operation.CONV_2D: _convolution(golden.conv_2d),
    Operation.DEPTHWISE_CONV_2D: _convolution(golden.depthwise_conv_2d),
    Operation.FULLY_CONNECTED: _fully_connected,
    Operation.ADD: _add,
    Operation.MUL: _mul,
    Operation.AVERAGE_POOL_2D: _pool(golden.average_pool_2d),
    Operation.MAX_POOL_2D: _pool(golden.max_pool_2d),
    Operation.MEAN: _mean,
    Operation.PAD: _pad,
    Operation.RESHAPE: _reshape,
    Operation.QUANTIZE: _quantize,
    Operation.DEQUANTIZE: _dequantize,
    Operation.SOFTMAX: _softmax,
    **dict.fromkeys(TABLE_OPERATIONS, _table),
}
