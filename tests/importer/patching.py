"""Changing single fields of a serialised model, to make what no writer would write."""

import struct
from collections.abc import Callable
from typing import Any

import tflite


def patched(content: bytes, locate: Callable[[Any], Any], field: int, form: str, value: float) -> bytes:
    """The model with one scalar field changed.

    ``locate`` finds the table from the root, ``field`` is the field's number in the schema, ``form`` its type
    for ``struct``. The field must have been written.
    """
    table = locate(tflite.Model.GetRootAs(content, 0))._tab
    offset = table.Offset(4 + 2 * field)
    assert offset, "the field was left at its default"
    result = bytearray(content)
    struct.pack_into(f"<{form}", result, table.Pos + offset, value)
    return bytes(result)


def with_vector_element(
    content: bytes, locate: Callable[[Any], Any], field: int, index: int, form: str, value: float
) -> bytes:
    """The model with one element of a vector field changed; parameters as those of :func:`patched`."""
    table = locate(tflite.Model.GetRootAs(content, 0))._tab
    start = table.Vector(table.Offset(4 + 2 * field))
    result = bytearray(content)
    struct.pack_into(f"<{form}", result, start + index * struct.calcsize(f"<{form}"), value)
    return bytes(result)


def tensor(index: int) -> Callable[[Any], Any]:
    """Locates a tensor."""
    return lambda model: model.Subgraphs(0).Tensors(index)


def quantization(index: int) -> Callable[[Any], Any]:
    """Locates the quantisation of a tensor."""
    return lambda model: model.Subgraphs(0).Tensors(index).Quantization()


def operator_code(index: int) -> Callable[[Any], Any]:
    """Locates an operator code."""
    return lambda model: model.OperatorCodes(index)


def options(index: int) -> Callable[[Any], Any]:
    """Locates the options of an operator; they have a bare table only."""

    class Located:
        def __init__(self, table: Any) -> None:
            self._tab = table

    return lambda model: Located(model.Subgraphs(0).Operators(index).BuiltinOptions())
