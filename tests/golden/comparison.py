"""Comparing the golden kernels with TFLite Micro, tensor by tensor."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.evaluate import evaluate
from celosia.compiler.graph import Graph
from celosia.compiler.tflite_import import import_model
from tests.judge import reference_runs

Tensors = Mapping[int, NDArray[Any]]


def random_inputs(graph: Graph, rng: np.random.Generator) -> dict[int, NDArray[Any]]:
    """Inputs over the whole int8 range, or normally distributed floats."""
    return {index: _random(graph, index, rng) for index in graph.inputs}


def extreme_inputs(graph: Graph, rng: np.random.Generator) -> dict[int, NDArray[Any]]:
    """Inputs at the ends of the int8 range, or floats far beyond what fits it."""
    inputs = random_inputs(graph, rng)
    return {
        index: np.where(value < 0, -128, 127).astype(np.int8)
        if value.dtype == np.int8
        else (value * 1e6).astype(value.dtype)
        for index, value in inputs.items()
    }


def compare(folder: Path, model: bytes, runs: Sequence[Tensors] | None = None, *, seed: int = 0) -> int:
    """Assert that every computed tensor equals TFLite Micro's; the number of elements compared.

    Without ``runs``, inputs are random: one full-range inference and one at the extremes.
    """
    path = folder / "model.tflite"
    path.write_bytes(model)
    graph = import_model(model, name="model")
    rng = np.random.default_rng(seed)
    runs = runs or [random_inputs(graph, rng), extreme_inputs(graph, rng)]
    elements = 0
    for inputs, reference in zip(runs, reference_runs(path, runs), strict=True):
        found = evaluate(graph, inputs)
        for operator in graph.operators:
            index = operator.outputs[0]
            where = f"seed {seed}: {operator.operation} {graph.tensors[index].name!r}"
            assert found[index].dtype == reference[index].dtype, where
            np.testing.assert_array_equal(found[index], reference[index], err_msg=where, strict=True)
            elements += reference[index].size
    assert elements > 0
    return elements


def _random(graph: Graph, index: int, rng: np.random.Generator) -> NDArray[Any]:
    tensor = graph.tensors[index]
    if tensor.dtype == np.float32:
        return rng.normal(0, 3, tensor.shape).astype(np.float32)
    return rng.integers(-128, 128, tensor.shape, dtype=np.int8)
