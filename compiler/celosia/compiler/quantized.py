"""The integer constants of each operator, computed from the quantisation of its tensors, in one place.

The golden evaluation and the code generator both read them here. Shifts are positive to the left, as in
:func:`celosia.golden.requantization.quantize_multiplier`. Products and quotients of scales are in double
precision here, as in TFLite Micro; ``docs/numerics.md`` names who does it otherwise.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.graph import Activation, Graph, Operation, Operator, Quantization
from celosia.golden import tables
from celosia.golden.requantization import Affine, quantize_multiplier

ADD_LEFT_SHIFT = 20  # fraction bits that ADD gives its operands before they are scaled

ACTIVATION_LIMITS: dict[Activation, tuple[float | None, float | None]] = {
    Activation.NONE: (None, None),
    Activation.RELU: (0.0, None),
    Activation.RELU_N1_TO_1: (-1.0, 1.0),
    Activation.RELU6: (0.0, 6.0),
}


@dataclass(frozen=True, eq=False)
class ConvConstants:
    """``CONV_2D``, ``DEPTHWISE_CONV_2D`` and ``FULLY_CONNECTED``; arrays have one entry an output channel."""

    input_zero: int
    output_zero: int
    multiplier: NDArray[np.int64]
    shift: NDArray[np.int64]
    bias: NDArray[np.int64]
    clamp: tuple[int, int]


@dataclass(frozen=True)
class AddConstants:
    """``ADD``: each operand times 2^20 is scaled, the sum is scaled to the output."""

    a_zero: int
    b_zero: int
    a_multiplier: int
    a_shift: int
    b_multiplier: int
    b_shift: int
    output_multiplier: int
    output_shift: int
    output_zero: int
    clamp: tuple[int, int]


@dataclass(frozen=True)
class MulConstants:
    """``MUL``: the product of the operands less their zero points is scaled to the output."""

    a_zero: int
    b_zero: int
    multiplier: int
    shift: int
    output_zero: int
    clamp: tuple[int, int]


@dataclass(frozen=True)
class MeanConstants:
    """``MEAN``: the sum of ``count`` elements less their zero points is scaled to the output."""

    input_zero: int
    count: int
    multiplier: int
    shift: int
    output_zero: int
    clamp: tuple[int, int]


def conv_constants(graph: Graph, operator: Operator) -> ConvConstants:
    """Constants of a convolution, depthwise convolution or fully-connected layer."""
    source = affine(graph, operator.inputs[0])
    weights = quantization(graph, operator.inputs[1])
    output = affine(graph, operator.outputs[0])
    channels = graph.tensors[operator.outputs[0]].shape[-1]
    pairs = [
        quantize_multiplier(source.scale * float(scale) / output.scale)
        for scale in np.broadcast_to(weights.scale, channels)
    ]
    multiplier, shift = np.array(pairs, np.int64).T
    bias = np.zeros(channels, np.int64)
    if len(operator.inputs) > 2 and operator.inputs[2] >= 0:
        bias = constant(graph, operator.inputs[2]).astype(np.int64)
    return ConvConstants(
        input_zero=source.zero_point,
        output_zero=output.zero_point,
        multiplier=multiplier,
        shift=shift,
        bias=bias,
        clamp=output_clamp(graph, operator),
    )


def add_constants(graph: Graph, operator: Operator) -> AddConstants:
    """Constants of an addition."""
    a, b = (affine(graph, index) for index in operator.inputs)
    output = affine(graph, operator.outputs[0])
    twice_larger = 2 * max(a.scale, b.scale)
    a_multiplier, a_shift = quantize_multiplier(a.scale / twice_larger)
    b_multiplier, b_shift = quantize_multiplier(b.scale / twice_larger)
    output_multiplier, output_shift = quantize_multiplier(
        twice_larger / ((1 << ADD_LEFT_SHIFT) * output.scale)
    )
    return AddConstants(
        a_zero=a.zero_point,
        b_zero=b.zero_point,
        a_multiplier=a_multiplier,
        a_shift=a_shift,
        b_multiplier=b_multiplier,
        b_shift=b_shift,
        output_multiplier=output_multiplier,
        output_shift=output_shift,
        output_zero=output.zero_point,
        clamp=output_clamp(graph, operator),
    )


def mul_constants(graph: Graph, operator: Operator) -> MulConstants:
    """Constants of a multiplication."""
    a, b = (affine(graph, index) for index in operator.inputs)
    output = affine(graph, operator.outputs[0])
    multiplier, shift = quantize_multiplier(a.scale * b.scale / output.scale)
    return MulConstants(
        a_zero=a.zero_point,
        b_zero=b.zero_point,
        multiplier=multiplier,
        shift=shift,
        output_zero=output.zero_point,
        clamp=output_clamp(graph, operator),
    )


def mean_constants(graph: Graph, operator: Operator) -> MeanConstants:
    """Constants of a mean over ``attributes["axes"]``; the division by the count is in the multiplier."""
    source = affine(graph, operator.inputs[0])
    output = affine(graph, operator.outputs[0])
    shape = graph.tensors[operator.inputs[0]].shape
    count = math.prod(shape[axis] for axis in numbers(operator, "axes"))
    multiplier, shift = quantize_multiplier(source.scale / output.scale)
    spare = min(count.bit_length() - 1, 32, 31 + shift)
    return MeanConstants(
        input_zero=source.zero_point,
        count=count,
        multiplier=(multiplier << spare) // count,
        shift=shift - spare,
        output_zero=output.zero_point,
        clamp=output_clamp(graph, operator),
    )


def output_clamp(graph: Graph, operator: Operator) -> tuple[int, int]:
    """Smallest and largest quantised output that the operator's fused activation allows; pooling's too."""
    low, high = ACTIVATION_LIMITS[operator.activation]
    index = operator.outputs[0]
    return affine(graph, index).clamp_range(low, high, graph.tensors[index].dtype)


def unary_table(graph: Graph, operator: Operator) -> NDArray[np.int8]:
    """The 256 results of a unary int8 operator, indexed by its input as an unsigned byte.

    Raises ``ValueError`` for an operator that is no function of one element.
    """
    source, output = affine(graph, operator.inputs[0]), affine(graph, operator.outputs[0])
    match operator.operation:
        case Operation.QUANTIZE:
            return tables.requantize_table(source, output)
        case Operation.RELU:
            return tables.relu_table(source, output)
        case Operation.RELU6:
            return tables.relu6_table(source)
        case Operation.LEAKY_RELU:
            return tables.leaky_relu_table(source, output, alpha=number(operator, "alpha"))
        case Operation.LOGISTIC:
            return tables.logistic_table(source)
        case Operation.TANH:
            return tables.tanh_table(source)
        case Operation.HARD_SWISH:
            return tables.hard_swish_table(source, output)
        case Operation.ELU:
            return tables.elu_table(source, output)
        case Operation.GELU:
            return tables.gelu_table(source, output, approximate=bool(number(operator, "approximate")))
        case _:
            raise ValueError(f"operation must be unary, not {operator.operation.value!r}")


def quantization(graph: Graph, index: int) -> Quantization:
    """Quantisation of a tensor. Raises ``ValueError`` if it has none."""
    tensor = graph.tensors[index]
    if tensor.quantization is None:
        raise ValueError(f"tensor must be quantised, not {tensor.name!r}")
    return tensor.quantization


def affine(graph: Graph, index: int) -> Affine:
    """Scale and zero point of a tensor that has one pair. Raises ``ValueError`` if it has none or several."""
    pairs = quantization(graph, index)
    if len(pairs.scale) != 1:
        raise ValueError(f"tensor must have one scale, not {len(pairs.scale)}: {graph.tensors[index].name!r}")
    return Affine(pairs.scale[0], pairs.zero_point[0])


def number(operator: Operator, name: str) -> float:
    """An attribute that is one number. Raises ``TypeError`` if it is a tuple."""
    value = operator.attributes[name]
    if isinstance(value, tuple):
        raise TypeError(f"{name} must be a number, not {value!r}")
    return value


def numbers(operator: Operator, name: str) -> tuple[int, ...]:
    """An attribute that is a tuple. Raises ``TypeError`` if it is one number."""
    value = operator.attributes[name]
    if not isinstance(value, tuple):
        raise TypeError(f"{name} must be a tuple, not {value!r}")
    return value


def constant(graph: Graph, index: int) -> NDArray[np.generic]:
    """Value of a constant tensor. Raises ``ValueError`` if it is computed at run time."""
    tensor = graph.tensors[index]
    if tensor.data is None:
        raise ValueError(f"tensor must be constant, not {tensor.name!r}")
    return tensor.data
