"""Reads an int8 ``.tflite`` model into a :class:`~celosia.compiler.graph.Graph`.

Tensors keep the indices they have in the file. Nothing is folded or rewritten, except that paddings become
explicit numbers and the constant operands of ``MEAN`` and ``PAD`` become attributes.
"""

import math
from pathlib import Path

import numpy as np

from celosia.compiler.graph import Graph, Quantization, Tensor
from celosia.compiler.tflite_import_decode import RawModel, RawTensor, decode_model
from celosia.compiler.tflite_import_error import ModelError
from celosia.compiler.tflite_import_operators import import_operator

__all__ = ["ModelError", "import_model", "import_tflite"]

DTYPES: dict[str, np.dtype[np.generic]] = {
    "FLOAT32": np.dtype("<f4"),
    "INT8": np.dtype("i1"),
    "UINT8": np.dtype("u1"),
    "INT16": np.dtype("<i2"),
    "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"),
    "BOOL": np.dtype("?"),
}
UNREADABLE = np.dtype(np.void)  # types that no operator here reads: no data


def import_tflite(path: Path) -> Graph:
    """Read a model file.

    Raises :class:`ModelError`, one line that begins with the path, if it is not a model or not one that runs
    here; ``OSError`` if it cannot be read.
    """
    content = path.read_bytes()
    try:
        return import_model(content, name=path.stem)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None


def import_model(content: bytes, *, name: str) -> Graph:
    """Read the bytes of a model file. Raises :class:`ModelError` as :func:`import_tflite` does."""
    raw = decode_model(content)
    used = {index for operator in raw.operators for index in (*operator.inputs, *operator.outputs)}
    used |= {*raw.inputs, *raw.outputs}
    if outside := [index for index in used if not -1 <= index < len(raw.tensors)]:
        raise ModelError(f"tensor {outside[0]} is used but does not exist")
    tensors = tuple(_tensor(tensor, index in used) for index, tensor in enumerate(raw.tensors))
    operators = tuple(import_operator(operator, raw.tensors, tensors) for operator in raw.operators)
    graph = Graph(name, tensors, operators, raw.inputs, raw.outputs)
    _check_order(raw, graph)
    return graph


def _tensor(raw: RawTensor, used: bool) -> Tensor:
    dtype = DTYPES.get(raw.type_name, UNREADABLE)
    quantization = Quantization(raw.scale, raw.zero_point, raw.axis) if raw.scale else None
    plain = Tensor(raw.name, raw.shape, dtype, quantization)
    if not used:
        return plain
    if raw.is_sparse:
        raise ModelError(f"tensor {raw.name!r} is sparse, which is not supported")
    if raw.is_variable:
        raise ModelError(f"tensor {raw.name!r} is a variable, which is not supported: no state is kept")
    if any(extent < 1 for extent in raw.shape):
        raise ModelError(
            f"tensor {raw.name!r} has the shape {list(raw.shape)}: shapes must be fixed, not empty"
        )
    _check_quantization(raw, dtype)
    if not raw.data.size or dtype == UNREADABLE:
        return plain
    needed = math.prod(raw.shape) * dtype.itemsize
    if raw.data.size != needed:
        raise ModelError(f"tensor {raw.name!r} has {raw.data.size} bytes of data, its shape needs {needed}")
    data = raw.data.view(dtype).reshape(raw.shape)
    return Tensor(raw.name, raw.shape, dtype, quantization, data)


def _check_quantization(raw: RawTensor, dtype: np.dtype[np.generic]) -> None:
    for scale in raw.scale:
        if not (math.isfinite(scale) and scale > 0):
            raise ModelError(f"tensor {raw.name!r} has the scale {scale!r}: scales must be positive")
    if dtype.kind in "iu":
        limits = np.iinfo(dtype.str)
        for zero_point in raw.zero_point:
            if not limits.min <= zero_point <= limits.max:
                raise ModelError(
                    f"tensor {raw.name!r} has the zero point {zero_point}, beyond {raw.type_name}"
                )
    if len(raw.scale) > 1:
        if not 0 <= raw.axis < len(raw.shape):
            raise ModelError(
                f"tensor {raw.name!r} is quantised along axis {raw.axis}, which it does not have"
            )
        if len(raw.scale) != raw.shape[raw.axis]:
            raise ModelError(
                f"tensor {raw.name!r} has {len(raw.scale)} scales for {raw.shape[raw.axis]} channels"
            )


def _check_order(raw: RawModel, graph: Graph) -> None:
    available = {index for index, tensor in enumerate(graph.tensors) if tensor.data is not None}
    for index in raw.inputs:
        if index < 0 or index in available:
            raise ModelError("an input of the model is missing, constant or listed twice")
        available.add(index)
    for operator in raw.operators:
        for index in operator.inputs:
            if index >= 0 and index not in available:
                raise ModelError(f"tensor {raw.tensors[index].name!r} is used before it is computed")
        for index in operator.outputs:
            if index in available:
                raise ModelError(f"tensor {raw.tensors[index].name!r} is computed twice")
            available.add(index)
    if not raw.operators or not raw.inputs or not raw.outputs:
        raise ModelError("the model has no operators, no inputs or no outputs")
    for index in raw.outputs:
        if index not in available:
            raise ModelError("an output of the model is never computed")
