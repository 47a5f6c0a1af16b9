"""Pass: operators whose inputs are all constant become constants."""

from dataclasses import replace

from celosia.compiler.evaluate import evaluate_operator
from celosia.compiler.graph import Graph
from celosia.compiler.graph_edit import with_operators


def fold_constants(graph: Graph) -> Graph:
    """Evaluate what does not depend on the network's inputs, on the golden kernels."""
    values = {index: tensor.data for index, tensor in enumerate(graph.tensors) if tensor.data is not None}
    kept = []
    for operator in graph.operators:
        if all(index < 0 or index in values for index in operator.inputs):
            values[operator.outputs[0]] = evaluate_operator(graph, operator, values)
        else:
            kept.append(operator)
    tensors = tuple(
        replace(tensor, data=values[index]) if index in values else tensor
        for index, tensor in enumerate(graph.tensors)
    )
    return with_operators(replace(graph, tensors=tensors), kept)
