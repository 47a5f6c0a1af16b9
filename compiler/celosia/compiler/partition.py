"""Stage: which operators run on the host, at the edges of the network, and which on the accelerator."""

from dataclasses import dataclass, replace

import numpy as np

from celosia.compiler.errors import UnsupportedError
from celosia.compiler.graph import Graph, Operation, Operator
from celosia.compiler.graph_edit import describe, subgraph

HOST_AT_THE_END = (Operation.SOFTMAX, Operation.DEQUANTIZE)


@dataclass(frozen=True, eq=False)
class Partition:
    """Three parts of one network.

    ``prologue`` takes the network's inputs and gives the accelerator's; ``epilogue`` takes the
    accelerator's outputs and gives the network's. Both have tensors of their own; ``body`` keeps the
    indices of the whole graph, its inputs and outputs are in the order of the others'.
    """

    prologue: Graph
    body: Graph
    epilogue: Graph


def partition(graph: Graph) -> Partition:
    """Split a graph.

    ``QUANTIZE`` of a floating-point input runs before, ``SOFTMAX`` and ``DEQUANTIZE`` at the end run after.
    Raises :class:`UnsupportedError` if one of these is anywhere else.
    """
    before: list[Operator] = []
    body: list[Operator] = []
    after: list[Operator] = []
    computed_after: dict[int, Operator] = {}
    faults = []
    for operator in graph.operators:
        given_after = [index for index in operator.inputs if index in computed_after]
        if _is_float_quantize(graph, operator):
            if operator.inputs[0] not in graph.inputs:
                faults.append(f"{describe(graph, operator)} of a floating-point result is not supported")
            before.append(operator)
        elif operator.operation in HOST_AT_THE_END or (
            given_after and operator.operation is Operation.RESHAPE
        ):
            after.append(operator)
            computed_after[operator.outputs[0]] = operator
        elif given_after:
            host = computed_after[given_after[0]]
            faults.append(
                f"{describe(graph, host)} is supported only at the end of a network, but its result is used by"
                f" {describe(graph, operator)}"
            )
        else:
            body.append(operator)
    if faults:
        raise UnsupportedError("\n".join(faults))

    quantized = {operator.inputs[0] for operator in before}
    body_inputs = [index for index in graph.inputs if index not in quantized]
    body_inputs += [operator.outputs[0] for operator in before]
    wanted = [index for operator in after for index in operator.inputs] + list(graph.outputs)
    body_outputs = list(dict.fromkeys(index for index in wanted if index not in computed_after))
    return Partition(
        prologue=subgraph(_without_data(graph), before, graph.inputs, body_inputs),
        body=Graph(graph.name, graph.tensors, tuple(body), tuple(body_inputs), tuple(body_outputs)),
        epilogue=subgraph(_without_data(graph), after, body_outputs, graph.outputs),
    )


def _is_float_quantize(graph: Graph, operator: Operator) -> bool:
    return operator.operation is Operation.QUANTIZE and bool(
        np.issubdtype(graph.tensors[operator.inputs[0]].dtype, np.floating)
    )


def _without_data(graph: Graph) -> Graph:
    """The graph without the values of constants: no operator of the host reads one."""
    return replace(graph, tensors=tuple(replace(tensor, data=None) for tensor in graph.tensors))
