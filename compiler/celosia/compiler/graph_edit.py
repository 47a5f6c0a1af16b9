"""Small questions about a graph, and small changes to it, that several passes share."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from celosia.compiler.graph import Graph, Operator, Tensor


def consumers(graph: Graph) -> Mapping[int, list[Operator]]:
    """The operators that read each tensor, in order; empty for a tensor that none reads."""
    readers: dict[int, list[Operator]] = defaultdict(list)
    for operator in graph.operators:
        for index in dict.fromkeys(operator.inputs):
            readers[index].append(operator)
    return readers


def describe(graph: Graph, operator: Operator) -> str:
    """How error messages name an operator."""
    return f"{operator.operation.value} (output tensor {graph.tensors[operator.outputs[0]].name!r})"


def with_operators(graph: Graph, operators: Iterable[Operator]) -> Graph:
    """The graph with other operators."""
    return replace(graph, operators=tuple(operators))


def subgraph(
    graph: Graph, operators: Iterable[Operator], inputs: Iterable[int], outputs: Iterable[int]
) -> Graph:
    """Some operators as a graph of their own, with only the tensors that it needs, numbered anew."""
    kept, inputs, outputs = tuple(operators), tuple(inputs), tuple(outputs)
    used = {*inputs, *outputs}
    used |= {index for operator in kept for index in (*operator.inputs, *operator.outputs) if index >= 0}
    number = {-1: -1} | {index: position for position, index in enumerate(sorted(used))}

    def renumber(indices: Iterable[int]) -> tuple[int, ...]:
        return tuple(number[index] for index in indices)

    tensors: tuple[Tensor, ...] = tuple(graph.tensors[index] for index in sorted(used))
    renumbered = tuple(
        replace(operator, inputs=renumber(operator.inputs), outputs=renumber(operator.outputs))
        for operator in kept
    )
    return Graph(graph.name, tensors, renumbered, renumber(inputs), renumber(outputs))
