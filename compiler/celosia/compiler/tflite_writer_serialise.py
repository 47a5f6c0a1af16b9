"""Serialises tensors and operators into the FlatBuffers container of ``.tflite`` files.

The schema's own table of every class gives the field numbers; this file only walks them. See
:mod:`celosia.compiler.tflite_writer` for the interface.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
import tflite
from numpy.typing import ArrayLike, DTypeLike, NDArray

from celosia.compiler.graph import Operation, Quantization

FILE_IDENTIFIER = b"TFL3"
SCHEMA_VERSION = 3
BUFFER_ALIGNMENT = 16  # the schema's force_align: interpreters use constants in place
LARGEST_DEPRECATED_CODE = 127  # operator codes above it exist only in the newer, wider field

TENSOR_TYPES: dict[np.dtype[Any], int] = {
    np.dtype(np.float32): tflite.TensorType.FLOAT32,
    np.dtype(np.int8): tflite.TensorType.INT8,
    np.dtype(np.uint8): tflite.TensorType.UINT8,
    np.dtype(np.int16): tflite.TensorType.INT16,
    np.dtype(np.int32): tflite.TensorType.INT32,
    np.dtype(np.int64): tflite.TensorType.INT64,
}

# Version of the operator that introduced its int8 kernel, and the table that holds its options.
OPERATOR_FORMS: dict[Operation, tuple[int, str | None]] = {
    Operation.CONV_2D: (3, "Conv2DOptions"),
    Operation.DEPTHWISE_CONV_2D: (3, "DepthwiseConv2DOptions"),
    Operation.FULLY_CONNECTED: (4, "FullyConnectedOptions"),
    Operation.ADD: (2, "AddOptions"),
    Operation.MUL: (2, "MulOptions"),
    Operation.AVERAGE_POOL_2D: (2, "Pool2DOptions"),
    Operation.MAX_POOL_2D: (2, "Pool2DOptions"),
    Operation.MEAN: (2, "ReducerOptions"),
    Operation.PAD: (2, "PadOptions"),
    Operation.RESHAPE: (1, "ReshapeOptions"),
    Operation.QUANTIZE: (2, "QuantizeOptions"),
    Operation.DEQUANTIZE: (2, "DequantizeOptions"),
    Operation.SOFTMAX: (2, "SoftmaxOptions"),
    Operation.RELU: (2, None),
    Operation.RELU6: (2, None),
    Operation.LEAKY_RELU: (2, "LeakyReluOptions"),
    Operation.LOGISTIC: (2, None),
    Operation.TANH: (2, None),
    Operation.HARD_SWISH: (1, "HardSwishOptions"),
    Operation.ELU: (1, None),
    Operation.GELU: (2, "GeluOptions"),
}


@dataclass(frozen=True, eq=False)
class TensorRecord:
    """A tensor as the file holds it; ``data`` is set for constants."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    quantization: Quantization | None
    data: NDArray[Any] | None


@dataclass(frozen=True)
class OperatorRecord:
    """An operator as the file holds it; ``options`` by their schema names."""

    operation: Operation
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: dict[str, Any] = field(default_factory=dict)


def serialise(
    name: str,
    tensors: Sequence[TensorRecord],
    operators: Sequence[OperatorRecord],
    inputs: Sequence[int],
    outputs: Sequence[int],
) -> bytes:
    """A whole model of one subgraph; the same arguments give the same bytes."""
    builder = flatbuffers.Builder(1024 + sum(t.data.nbytes for t in tensors if t.data is not None))
    operations = list(dict.fromkeys(operator.operation for operator in operators))
    buffers = [_buffer(builder, None)]  # buffer 0 is by convention the empty one
    buffer_of = []
    for tensor in tensors:
        buffer_of.append(len(buffers) if tensor.data is not None else 0)
        if tensor.data is not None:
            buffers.append(_buffer(builder, tensor.data))
    subgraph = _table(
        builder,
        "SubGraph",
        Tensors=_offsets(
            builder, [_tensor(builder, t, number) for t, number in zip(tensors, buffer_of, strict=True)]
        ),
        Inputs=_integers(builder, inputs),
        Outputs=_integers(builder, outputs),
        Operators=_offsets(builder, [_operator(builder, o, operations) for o in operators]),
        Name=builder.CreateString(name),
    )
    model = _table(
        builder,
        "Model",
        Version=SCHEMA_VERSION,
        OperatorCodes=_offsets(builder, [_operator_code(builder, operation) for operation in operations]),
        Subgraphs=_offsets(builder, [subgraph]),
        Description=builder.CreateString("Celosia"),
        Buffers=_offsets(builder, buffers),
    )
    builder.Finish(model, FILE_IDENTIFIER)
    return bytes(builder.Output())


def _table(builder: flatbuffers.Builder, struct: str, **fields: Any) -> int:
    getattr(tflite, f"{struct}Start")(builder)
    for name, value in fields.items():
        getattr(tflite, f"{struct}Add{name}")(builder, value)
    return int(getattr(tflite, f"{struct}End")(builder))


def _integers(builder: flatbuffers.Builder, values: ArrayLike, dtype: DTypeLike = np.int32) -> int:
    return int(builder.CreateNumpyVector(np.asarray(values, dtype)))


def _offsets(builder: flatbuffers.Builder, offsets: Sequence[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def _buffer(builder: flatbuffers.Builder, data: NDArray[Any] | None) -> int:
    if data is None:
        return _table(builder, "Buffer")
    content = data.astype(data.dtype.newbyteorder("<")).tobytes()
    builder.StartVector(1, len(content), BUFFER_ALIGNMENT)
    builder.head -= len(content)
    builder.Bytes[builder.head : builder.head + len(content)] = content
    return _table(builder, "Buffer", Data=builder.EndVector())


def _tensor(builder: flatbuffers.Builder, tensor: TensorRecord, buffer: int) -> int:
    fields = {
        "Shape": _integers(builder, tensor.shape),
        "Type": TENSOR_TYPES[tensor.dtype],
        "Buffer": buffer,
        "Name": builder.CreateString(tensor.name),
    }
    if tensor.quantization is not None:
        fields["Quantization"] = _table(
            builder,
            "QuantizationParameters",
            Scale=_integers(builder, tensor.quantization.scale, np.float32),
            ZeroPoint=_integers(builder, tensor.quantization.zero_point, np.int64),
            QuantizedDimension=tensor.quantization.axis,
        )
    return _table(builder, "Tensor", **fields)


def _operator(builder: flatbuffers.Builder, operator: OperatorRecord, operations: Sequence[Operation]) -> int:
    fields = {
        "OpcodeIndex": operations.index(operator.operation),
        "Inputs": _integers(builder, operator.inputs),
        "Outputs": _integers(builder, operator.outputs),
    }
    struct = OPERATOR_FORMS[operator.operation][1]
    if struct is not None:
        options = {
            name: _integers(builder, value) if isinstance(value, np.ndarray) else value
            for name, value in operator.options.items()
        }
        fields["BuiltinOptionsType"] = getattr(tflite.BuiltinOptions, struct)
        fields["BuiltinOptions"] = _table(builder, struct, **options)
    return _table(builder, "Operator", **fields)


def _operator_code(builder: flatbuffers.Builder, operation: Operation) -> int:
    code = getattr(tflite.BuiltinOperator, operation.name)
    return _table(
        builder,
        "OperatorCode",
        DeprecatedBuiltinCode=min(code, LARGEST_DEPRECATED_CODE),
        Version=OPERATOR_FORMS[operation][0],
        BuiltinCode=code,
    )
