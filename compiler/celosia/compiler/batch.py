"""Rewrites a network to compute several inputs at once: the leading dimension of every tensor grows."""

from collections.abc import Callable
from dataclasses import replace

from celosia.compiler.errors import UnsupportedError
from celosia.compiler.graph import Graph, Operation, Operator
from celosia.compiler.graph_edit import describe
from celosia.compiler.quantized import numbers

Reason = str | None
"""Why an operator cannot be batched; None if it can."""


def batched(graph: Graph, size: int) -> Graph:
    """The network on ``size`` inputs, one after the other along the first dimension of every tensor.

    All tensors keep their numbers, and each input's part of a tensor is what it is for that input alone.
    Raises :class:`UnsupportedError` with a line for each input whose first dimension is not 1, and each
    operator or output that would mix or repeat inputs.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1, not {size!r}")
    if size == 1:
        return graph
    faults = [
        f"input {tensor.name!r} must have 1 as its first dimension to be batched, not the shape {tensor.shape}"
        for tensor in (graph.tensors[index] for index in graph.inputs)
        if tensor.shape[:1] != (1,)
    ]
    grown = set(graph.inputs)
    for operator in graph.operators:
        if grown.isdisjoint(operator.inputs):
            continue
        grown.update(operator.outputs)
        if reason := _obstacle(graph, operator, grown):
            faults.append(f"{describe(graph, operator)} cannot be batched: {reason}")
    faults += [
        f"output {graph.tensors[index].name!r} cannot be batched: it does not depend on an input"
        for index in graph.outputs
        if index not in grown
    ]
    if faults:
        raise UnsupportedError("\n".join(faults))
    tensors = tuple(
        replace(tensor, shape=(tensor.shape[0] * size, *tensor.shape[1:])) if index in grown else tensor
        for index, tensor in enumerate(graph.tensors)
    )
    return replace(graph, tensors=tensors)


def _obstacle(graph: Graph, operator: Operator, grown: set[int]) -> Reason:
    if any(not graph.tensors[index].shape for index in (*operator.inputs[:1], *operator.outputs)):
        return "a tensor without dimensions"
    return OBSTACLES.get(operator.operation, _none)(graph, operator, grown)


def _none(graph: Graph, operator: Operator, grown: set[int]) -> Reason:
    return None


def _broadcast(graph: Graph, operator: Operator, grown: set[int]) -> Reason:
    """Operands must meet along the first dimension as they did: both grow, or one is the same for all inputs."""
    out = graph.tensors[operator.outputs[0]].shape
    for index in operator.inputs:
        shape = graph.tensors[index].shape
        if index in grown and (len(shape), shape[:1]) != (len(out), out[:1]):
            return f"an operand of the shape {shape} would meet others' along the first dimension of {out}"
        if index not in grown and len(shape) == len(out) and shape[0] != 1:
            return f"a constant of the shape {shape} differs along the first dimension"
    return None


def _mean(graph: Graph, operator: Operator, grown: set[int]) -> Reason:
    rank = len(graph.tensors[operator.inputs[0]].shape)
    if 0 in (axis % rank for axis in numbers(operator, "axes")):
        return "it averages over the first dimension"
    return None


def _pad(graph: Graph, operator: Operator, grown: set[int]) -> Reason:
    return "it pads the first dimension" if any(numbers(operator, "paddings")[:2]) else None


def _softmax(graph: Graph, operator: Operator, grown: set[int]) -> Reason:
    rank = len(graph.tensors[operator.inputs[0]].shape)
    return "its only dimension would grow" if rank == 1 else None


OBSTACLES: dict[Operation, Callable[[Graph, Operator, set[int]], Reason]] = {
    Operation.ADD: _broadcast,
    Operation.MUL: _broadcast,
    Operation.MEAN: _mean,
    Operation.PAD: _pad,
    Operation.SOFTMAX: _softmax,
}
