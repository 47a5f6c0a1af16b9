"""Pass: a ``RELU`` or ``RELU6`` of its own becomes the fused activation of the operator before it."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from celosia.compiler.graph import Activation, Graph, Operation, Operator
from celosia.compiler.graph_edit import consumers, with_operators
from celosia.compiler.quantized import output_clamp, unary_table

ACTIVATIONS = {Operation.RELU: Activation.RELU, Operation.RELU6: Activation.RELU6}
CLAMPED = (
    Operation.CONV_2D,
    Operation.DEPTHWISE_CONV_2D,
    Operation.FULLY_CONNECTED,
    Operation.ADD,
    Operation.MUL,
    Operation.AVERAGE_POOL_2D,
    Operation.MAX_POOL_2D,
)


def fuse_activations(graph: Graph) -> Graph:
    """Fuse where the operator's clamp equals the activation's 256 results, and nobody else reads between."""
    readers = consumers(graph)
    operators: dict[int, Operator] = {}  # by output tensor
    for operator in graph.operators:
        producer = operators.get(operator.inputs[0])
        if producer is not None and (fused := _fused(graph, producer, operator, readers)) is not None:
            del operators[producer.outputs[0]]
            operator = fused
        operators[operator.outputs[0]] = operator
    return with_operators(graph, operators.values())


def _fused(
    graph: Graph, producer: Operator, activation: Operator, readers: Mapping[int, list[Operator]]
) -> Operator | None:
    between, output = activation.inputs[0], activation.outputs[0]
    if (
        activation.operation not in ACTIVATIONS
        or producer.operation not in CLAMPED
        or producer.activation is not Activation.NONE
        or graph.tensors[between].quantization != graph.tensors[output].quantization
        or between in graph.outputs
        or len(readers[between]) > 1
    ):
        return None
    fused = replace(producer, outputs=(output,), activation=ACTIVATIONS[activation.operation])
    every_input = np.arange(256, dtype=np.uint8).view(np.int8)
    clamped = np.clip(every_input, *output_clamp(graph, fused))
    return fused if np.array_equal(clamped, unary_table(graph, activation)) else None
