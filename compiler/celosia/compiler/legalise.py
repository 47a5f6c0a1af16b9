"""Stage: checks that what is left for the accelerator and the host has a form there."""

import numpy as np

from celosia import golden
from celosia.compiler.errors import UnsupportedError
from celosia.compiler.graph import Graph, Operation
from celosia.compiler.graph_edit import describe
from celosia.compiler.lower import LOWERINGS
from celosia.compiler.partition import Partition
from celosia.compiler.quantized import affine, number

INT8 = np.dtype(np.int8)


def legalise(parts: Partition) -> Partition:
    """Return the parts unchanged, or raise :class:`UnsupportedError` with a line for each fault."""
    faults = [*_wrong_edges(parts.body), *_without_lowering(parts.body), *_impossible_softmax(parts.epilogue)]
    if faults:
        raise UnsupportedError("\n".join(faults))
    return parts


def _wrong_edges(body: Graph) -> list[str]:
    tensors = [body.tensors[index] for index in dict.fromkeys((*body.inputs, *body.outputs))]
    return [
        f"tensor {tensor.name!r} of type {tensor.dtype} is not supported as an input or output of the network"
        for tensor in tensors
        if tensor.dtype != INT8
    ]


def _without_lowering(body: Graph) -> list[str]:
    return [
        f"{describe(body, operator)} is not supported: no hardware form"
        for operator in body.operators
        if operator.operation is not Operation.RESHAPE and operator.operation not in LOWERINGS
    ]


def _impossible_softmax(epilogue: Graph) -> list[str]:
    faults = []
    for operator in epilogue.operators:
        if operator.operation is Operation.SOFTMAX:
            shape = epilogue.tensors[operator.inputs[0]].shape
            try:
                golden.softmax(
                    np.zeros((1, shape[-1]), np.int8),
                    input_scale=affine(epilogue, operator.inputs[0]).scale,
                    beta=number(operator, "beta"),
                )
            except ValueError as error:
                faults.append(f"{describe(epilogue, operator)} is not supported: {error}")
    return faults
