"""Writes quantised ``.tflite`` files, the kind TensorFlow's converter writes, with the schema classes alone.

The project trains its bundled network and generates its test networks with this, so that neither needs
TensorFlow. Tensors are added first, operators refer to them by index, :meth:`ModelBuilder.build` serialises.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import numpy as np
import tflite
from numpy.typing import ArrayLike, DTypeLike

from celosia.compiler.graph import Activation, Operation, Quantization
from celosia.compiler.tflite_writer_serialise import TENSOR_TYPES, OperatorRecord, TensorRecord, serialise


class Padding(StrEnum):
    """How a window treats the image's border."""

    SAME = "SAME"
    VALID = "VALID"


class ModelBuilder:
    """Collects tensors and operators of one network and serialises them.

    Methods that add a tensor return its index; methods that add an operator take indices and return that
    of their output. ``bias`` may be -1: no bias. Strides and dilations are (vertical, horizontal).
    """

    def __init__(self, name: str = "main") -> None:
        self._name = name
        self._tensors: list[TensorRecord] = []
        self._operators: list[OperatorRecord] = []

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        quantization: Quantization | None = None,
        dtype: DTypeLike = np.int8,
    ) -> int:
        """Add a tensor computed at run time, batch dimension included."""
        return self._add(TensorRecord(name, tuple(shape), np.dtype(dtype), quantization, None))

    def constant(self, name: str, data: ArrayLike, quantization: Quantization | None = None) -> int:
        """Add a constant tensor with the shape and type of ``data``."""
        values = np.ascontiguousarray(data)
        return self._add(TensorRecord(name, np.shape(data), values.dtype, quantization, values))

    def operator(
        self, operation: Operation, inputs: Sequence[int], outputs: Sequence[int], **options: Any
    ) -> int:
        """Add an operator; ``options`` are fields of its options table by their schema names.

        Returns its first output. Raises ``ValueError`` for a tensor that was not added.
        """
        for index in (*inputs, *outputs):
            if not -1 <= index < len(self._tensors):
                raise ValueError(f"tensor must be the index of an added tensor, not {index!r}")
        self._operators.append(OperatorRecord(operation, tuple(inputs), tuple(outputs), options))
        return outputs[0]

    def conv_2d(
        self,
        source: int,
        weights: int,
        bias: int,
        output: int,
        *,
        stride: tuple[int, int] = (1, 1),
        padding: Padding = Padding.SAME,
        dilation: tuple[int, int] = (1, 1),
        activation: Activation = Activation.NONE,
    ) -> int:
        """Convolution; ``weights`` are OHWI, with I a divisor of the input channels for grouped ones."""
        window = _window_options(stride, padding, activation) | _dilation_options(dilation)
        return self.operator(Operation.CONV_2D, (source, weights, bias), (output,), **window)

    def depthwise_conv_2d(
        self,
        source: int,
        weights: int,
        bias: int,
        output: int,
        *,
        depth_multiplier: int = 1,
        stride: tuple[int, int] = (1, 1),
        padding: Padding = Padding.SAME,
        dilation: tuple[int, int] = (1, 1),
        activation: Activation = Activation.NONE,
    ) -> int:
        """Depthwise convolution; ``weights`` are 1HWO with O = input channels * ``depth_multiplier``."""
        window = _window_options(stride, padding, activation) | _dilation_options(dilation)
        window["DepthMultiplier"] = depth_multiplier
        return self.operator(Operation.DEPTHWISE_CONV_2D, (source, weights, bias), (output,), **window)

    def fully_connected(
        self,
        source: int,
        weights: int,
        bias: int,
        output: int,
        *,
        activation: Activation = Activation.NONE,
        keep_dimensions: bool = False,
    ) -> int:
        """Fully-connected layer; ``weights`` are (outputs, inputs)."""
        options = {"FusedActivationFunction": _activation_code(activation), "KeepNumDims": keep_dimensions}
        return self.operator(Operation.FULLY_CONNECTED, (source, weights, bias), (output,), **options)

    def binary(
        self,
        operation: Operation,
        left: int,
        right: int,
        output: int,
        *,
        activation: Activation = Activation.NONE,
    ) -> int:
        """``ADD`` or ``MUL`` of two tensors."""
        return self.operator(
            operation, (left, right), (output,), FusedActivationFunction=_activation_code(activation)
        )

    def pool_2d(
        self,
        operation: Operation,
        source: int,
        output: int,
        *,
        size: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        padding: Padding = Padding.VALID,
        activation: Activation = Activation.NONE,
    ) -> int:
        """``AVERAGE_POOL_2D`` or ``MAX_POOL_2D``."""
        options = _window_options(stride, padding, activation)
        options |= {"FilterHeight": size[0], "FilterWidth": size[1]}
        return self.operator(operation, (source,), (output,), **options)

    def mean(self, source: int, axes: Sequence[int], output: int, *, keep_dimensions: bool = False) -> int:
        """Mean over ``axes``."""
        axes_tensor = self.constant(f"{self._tensors[output].name}/axes", np.array(axes, np.int32))
        return self.operator(Operation.MEAN, (source, axes_tensor), (output,), KeepDims=keep_dimensions)

    def pad(self, source: int, paddings: Sequence[tuple[int, int]], output: int) -> int:
        """Padding with the zero point, one (before, after) pair a dimension."""
        table = self.constant(f"{self._tensors[output].name}/paddings", np.array(paddings, np.int32))
        return self.operator(Operation.PAD, (source, table), (output,))

    def reshape(self, source: int, output: int) -> int:
        """Reshape to the shape of ``output``."""
        shape = np.array(self._tensors[output].shape, np.int32)
        shape_tensor = self.constant(f"{self._tensors[output].name}/shape", shape)
        return self.operator(Operation.RESHAPE, (source, shape_tensor), (output,), NewShape=shape)

    def softmax(self, source: int, output: int, *, beta: float = 1.0) -> int:
        """Softmax over the last dimension of ``beta`` times the input."""
        return self.operator(Operation.SOFTMAX, (source,), (output,), Beta=beta)

    def leaky_relu(self, source: int, output: int, *, alpha: float) -> int:
        """Leaky ReLU with slope ``alpha`` below zero."""
        return self.operator(Operation.LEAKY_RELU, (source,), (output,), Alpha=alpha)

    def gelu(self, source: int, output: int, *, approximate: bool = False) -> int:
        """GELU, exact or by its tanh approximation."""
        return self.operator(Operation.GELU, (source,), (output,), Approximate=approximate)

    def unary(self, operation: Operation, source: int, output: int) -> int:
        """An operator of one input without options, such as ``RELU``, ``LOGISTIC`` or ``QUANTIZE``."""
        return self.operator(operation, (source,), (output,))

    def build(self, inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
        """Serialise the model; the same calls give the same bytes."""
        return serialise(self._name, self._tensors, self._operators, inputs, outputs)

    def _add(self, tensor: TensorRecord) -> int:
        if tensor.dtype not in TENSOR_TYPES:
            raise TypeError(f"dtype must be one of a .tflite file's, not {tensor.dtype!r}")
        self._tensors.append(tensor)
        return len(self._tensors) - 1


def _activation_code(activation: Activation) -> int:
    return int(getattr(tflite.ActivationFunctionType, activation.name))


def _window_options(stride: tuple[int, int], padding: Padding, activation: Activation) -> dict[str, Any]:
    return {
        "Padding": getattr(tflite.Padding, padding.name),
        "StrideH": stride[0],
        "StrideW": stride[1],
        "FusedActivationFunction": _activation_code(activation),
    }


def _dilation_options(dilation: tuple[int, int]) -> dict[str, Any]:
    return {"DilationHFactor": dilation[0], "DilationWFactor": dilation[1]}
