"""Pass: a ``PAD`` of the image becomes the padding of the convolutions that read it."""

from collections.abc import Mapping
from dataclasses import replace

from celosia.compiler.graph import Graph, Operation, Operator
from celosia.compiler.graph_edit import consumers, with_operators
from celosia.compiler.quantized import numbers

CONVOLUTIONS = (Operation.CONV_2D, Operation.DEPTHWISE_CONV_2D)


def fuse_padding(graph: Graph) -> Graph:
    """Remove each ``PAD`` in height and width that only convolutions read.

    Both fill with the zero point of the same quantisation, so results do not change.
    """
    readers = consumers(graph)
    fused = {
        operator.outputs[0]: operator for operator in graph.operators if _is_fusible(graph, operator, readers)
    }
    kept = []
    for operator in graph.operators:
        if operator.outputs[0] in fused:
            continue
        if operator.operation in CONVOLUTIONS and operator.inputs[0] in fused:
            operator = _absorb(operator, fused[operator.inputs[0]])
        kept.append(operator)
    return with_operators(graph, kept)


def _is_fusible(graph: Graph, operator: Operator, readers: Mapping[int, list[Operator]]) -> bool:
    if operator.operation is not Operation.PAD:
        return False
    source, output = operator.inputs[0], operator.outputs[0]
    amounts = numbers(operator, "paddings")
    return (
        len(amounts) == 8
        and not any((*amounts[:2], *amounts[6:]))
        and output not in graph.outputs
        and graph.tensors[source].quantization == graph.tensors[output].quantization
        and all(reader.operation in CONVOLUTIONS for reader in readers[output])
    )


def _absorb(convolution: Operator, pad: Operator) -> Operator:
    window = convolution.window
    if window is None:
        raise ValueError("a convolution must have a window")
    _, _, *added, _, _ = numbers(pad, "paddings")
    top, bottom, left, right = (own + more for own, more in zip(window.padding, added, strict=True))
    return replace(
        convolution,
        inputs=(pad.inputs[0], *convolution.inputs[1:]),
        window=replace(window, padding=(top, bottom, left, right)),
    )
