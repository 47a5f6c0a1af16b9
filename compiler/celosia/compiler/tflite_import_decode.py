"""From the bytes of a ``.tflite`` file to plain values, with every access to the flatbuffer guarded.

Nothing here knows what an operator means; the semantic checks are those of ``tflite_import_operators``.
"""

import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tflite
from numpy.typing import NDArray

from celosia.compiler.tflite_import_error import ModelError

FILE_IDENTIFIER = b"TFL3"
IDENTIFIER_OFFSET = 4
SMALLEST_FILE = 16  # root offset, identifier, and a table with its vtable
SCHEMA_VERSION = 3

# Options that the importer reads, per table of options.
OPTION_FIELDS: dict[str, tuple[str, ...]] = {
    "Conv2DOptions": (
        "Padding",
        "StrideH",
        "StrideW",
        "FusedActivationFunction",
        "DilationHFactor",
        "DilationWFactor",
    ),
    "DepthwiseConv2DOptions": (
        "Padding",
        "StrideH",
        "StrideW",
        "DepthMultiplier",
        "FusedActivationFunction",
        "DilationHFactor",
        "DilationWFactor",
    ),
    "FullyConnectedOptions": ("FusedActivationFunction", "WeightsFormat"),
    "AddOptions": ("FusedActivationFunction",),
    "MulOptions": ("FusedActivationFunction",),
    "Pool2DOptions": (
        "Padding",
        "StrideH",
        "StrideW",
        "FilterHeight",
        "FilterWidth",
        "FusedActivationFunction",
    ),
    "ReducerOptions": ("KeepDims",),
    "SoftmaxOptions": ("Beta",),
    "LeakyReluOptions": ("Alpha",),
    "GeluOptions": ("Approximate",),
}

OPTION_TABLES = {getattr(tflite.BuiltinOptions, name): name for name in OPTION_FIELDS}
OPERATOR_NAMES = {code: name for name, code in vars(tflite.BuiltinOperator).items() if name.isupper()}
TYPE_NAMES = {code: name for name, code in vars(tflite.TensorType).items() if name.isupper()}


@dataclass(frozen=True, eq=False)
class RawTensor:
    """A tensor as the file has it; ``data`` is empty for what is computed at run time."""

    name: str
    shape: tuple[int, ...]
    type_name: str
    data: NDArray[np.uint8]
    scale: tuple[float, ...]
    zero_point: tuple[int, ...]
    axis: int
    is_variable: bool
    is_sparse: bool


@dataclass(frozen=True)
class RawOperator:
    """An operator as the file has it."""

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RawModel:
    """The one subgraph of a file."""

    tensors: tuple[RawTensor, ...]
    operators: tuple[RawOperator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def decode_model(content: bytes) -> RawModel:
    """Decode a file. Raises :class:`ModelError` for anything but an intact model with one subgraph."""
    if not content:
        raise ModelError("the file is empty")
    if content[IDENTIFIER_OFFSET : IDENTIFIER_OFFSET + 4] != FILE_IDENTIFIER:
        raise ModelError("not a TFLite model (the identifier TFL3 is missing)")
    if len(content) < SMALLEST_FILE:
        raise ModelError("the file is damaged or cut short: it ends in its header")
    try:
        return _model(content)
    except ModelError:
        raise
    except (struct.error, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # The schema classes do not verify: a wild offset surfaces as whatever its first use raises.
        reason = " ".join(str(error).split())
        raise ModelError(f"the file is damaged or cut short: {reason}") from None


def _model(content: bytes) -> RawModel:
    model = tflite.Model.GetRootAs(content, 0)
    if model.Version() != SCHEMA_VERSION:
        raise ModelError(f"schema version must be {SCHEMA_VERSION}, not {model.Version()}")
    if (subgraphs := _length(model.SubgraphsLength(), content)) != 1:
        raise ModelError(f"models must have one subgraph, not {subgraphs}: control flow is not supported")
    graph = model.Subgraphs(0)
    tensor_count = _length(graph.TensorsLength(), content)
    operator_count = _length(graph.OperatorsLength(), content)
    return RawModel(
        tensors=tuple(_tensor(model, graph.Tensors(index), content) for index in range(tensor_count)),
        operators=tuple(_operator(model, graph.Operators(index), content) for index in range(operator_count)),
        inputs=_integers(graph, "Inputs", content),
        outputs=_integers(graph, "Outputs", content),
    )


def _tensor(model: Any, tensor: Any, content: bytes) -> RawTensor:
    name = _text(tensor.Name())
    scale: tuple[float, ...] = ()
    zero_point: tuple[int, ...] = ()
    axis = 0
    if (quantization := tensor.Quantization()) is not None:
        scale = tuple(float(value) for value in _vector(quantization, "Scale", content))
        zero_point = _integers(quantization, "ZeroPoint", content) or (0,) * len(scale)
        axis = quantization.QuantizedDimension()
        if len(zero_point) != len(scale):
            raise ModelError(f"tensor {name!r} has {len(scale)} scales but {len(zero_point)} zero points")
    return RawTensor(
        name=name,
        shape=_integers(tensor, "Shape", content),
        type_name=TYPE_NAMES.get(tensor.Type(), f"type {tensor.Type()}"),
        data=_buffer(model, tensor.Buffer(), name, content),
        scale=scale,
        zero_point=zero_point,
        axis=axis,
        is_variable=bool(tensor.IsVariable()),
        is_sparse=tensor.Sparsity() is not None,
    )


def _buffer(model: Any, index: int, name: str, content: bytes) -> NDArray[np.uint8]:
    if index >= _length(model.BuffersLength(), content):
        raise ModelError(f"tensor {name!r} refers to buffer {index}, which does not exist")
    buffer = model.Buffers(index)
    if buffer.Offset() > 1:
        raise ModelError(f"tensor {name!r} keeps its data outside the flatbuffer, which is not supported")
    data: NDArray[np.uint8] = np.asarray(_vector(buffer, "Data", content), np.uint8)
    return data


def _operator(model: Any, operator: Any, content: bytes) -> RawOperator:
    if operator.OpcodeIndex() >= _length(model.OperatorCodesLength(), content):
        raise ModelError(
            f"an operator refers to operator code {operator.OpcodeIndex()}, which does not exist"
        )
    code = model.OperatorCodes(operator.OpcodeIndex())
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    name = OPERATOR_NAMES.get(number, f"number {number}")
    if number == tflite.BuiltinOperator.CUSTOM:
        name = f"CUSTOM {_text(code.CustomCode())!r}"
    return RawOperator(
        name=name,
        inputs=_integers(operator, "Inputs", content),
        outputs=_integers(operator, "Outputs", content),
        options=_options(operator),
    )


def _options(operator: Any) -> dict[str, Any]:
    table_name = OPTION_TABLES.get(operator.BuiltinOptionsType())
    table = operator.BuiltinOptions()
    if table_name is None or table is None:
        return {}
    options = getattr(tflite, table_name)()
    options.Init(table.Bytes, table.Pos)
    return {name: getattr(options, name)() for name in OPTION_FIELDS[table_name]}


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode("utf-8", errors="replace")


def _integers(table: Any, name: str, content: bytes) -> tuple[int, ...]:
    return tuple(int(value) for value in _vector(table, name, content))


def _vector(table: Any, name: str, content: bytes) -> NDArray[Any]:
    if _length(getattr(table, f"{name}Length")(), content) == 0:
        return np.empty(0)
    vector: NDArray[Any] = getattr(table, f"{name}AsNumpy")()
    return vector


def _length(value: int, content: bytes) -> int:
    """A vector's length, which a damaged file may give as billions: it cannot exceed the file's."""
    if not 0 <= value <= len(content):
        raise ModelError("the file is damaged or cut short: a vector is longer than the file")
    return value
