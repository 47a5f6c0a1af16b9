"""The file format of compiled programs: a zip of arrays, one of which is a header in JSON."""

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.errors import ProgramFileError
from celosia.compiler.graph import Graph, Operation, Operator, Quantization, Tensor
from celosia.generators.files import write_atomically

FORMAT = "celosia program"
FORMAT_VERSION = 2

Arrays = Mapping[str, NDArray[Any]]


def write_archive(path: Path, header: Mapping[str, Any], arrays: Arrays) -> None:
    """Write a header and arrays; the file appears whole or not at all. Raises ``OSError``."""
    text = json.dumps({"format": FORMAT, "version": FORMAT_VERSION, **header})
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, header=np.frombuffer(text.encode(), np.uint8), **arrays)
    write_atomically(path, content.getvalue())


def read_archive(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Header and arrays of a file.

    Raises :class:`ProgramFileError` unless it is one that :func:`write_archive` wrote, whole and in this
    version; ``OSError`` if it cannot be read.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(arrays.pop("header").tobytes())
        found, version = header["format"], header["version"]
    except (KeyError, TypeError, AttributeError, ValueError, EOFError, zlib.error, zipfile.BadZipFile):
        raise ProgramFileError(f"{path} is not a compiled program, or is damaged") from None
    if found != FORMAT:
        raise ProgramFileError(f"{path} is not a compiled program")
    if version != FORMAT_VERSION:
        raise ProgramFileError(f"{path} has the format version {version}, this is version {FORMAT_VERSION}")
    return header, arrays


def graph_to_json(graph: Graph) -> dict[str, Any]:
    """A graph of host operators; they have no windows, fused activations or constants."""
    return {
        "name": graph.name,
        "inputs": graph.inputs,
        "outputs": graph.outputs,
        "tensors": [
            {
                "name": tensor.name,
                "shape": tensor.shape,
                "dtype": tensor.dtype.str,
                "quantization": tensor.quantization and vars(tensor.quantization),
            }
            for tensor in graph.tensors
        ],
        "operators": [
            {
                "operation": operator.operation.value,
                "inputs": operator.inputs,
                "outputs": operator.outputs,
                "attributes": dict(operator.attributes),
            }
            for operator in graph.operators
        ],
    }


def graph_from_json(value: Mapping[str, Any]) -> Graph:
    """What :func:`graph_to_json` wrote."""
    return Graph(
        name=value["name"],
        tensors=tuple(
            Tensor(
                name=tensor["name"],
                shape=tuple(tensor["shape"]),
                dtype=np.dtype(tensor["dtype"]),
                quantization=tensor["quantization"] and _quantization(tensor["quantization"]),
            )
            for tensor in value["tensors"]
        ),
        operators=tuple(
            Operator(
                operation=Operation(operator["operation"]),
                inputs=tuple(operator["inputs"]),
                outputs=tuple(operator["outputs"]),
                attributes=operator["attributes"],
            )
            for operator in value["operators"]
        ),
        inputs=tuple(value["inputs"]),
        outputs=tuple(value["outputs"]),
    )


def _quantization(value: Mapping[str, Any]) -> Quantization:
    return Quantization(tuple(value["scale"]), tuple(value["zero_point"]), value["axis"])
