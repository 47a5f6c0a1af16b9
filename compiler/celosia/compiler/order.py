"""Pass: the order of layers that keeps both engines at work."""

from dataclasses import replace

from celosia.compiler.layers import Convolution, Layer, Lowered, layer_buffers
from celosia.rtl.config import AcceleratorConfig


def order_layers(lowered: Lowered, config: AcceleratorConfig) -> Lowered:
    """Reorder layers within what their data dependences allow.

    Of the layers whose inputs exist, the next is one that keeps VECTOR longer than MATRIX if the last one
    did not, and the other way round: what VECTOR has left to do is done while MATRIX works on its neighbours.
    This moves the 1x1 convolution of a residual block's shortcut between the block's 3x3 convolutions.
    """
    reads = [layer_buffers(layer)[:-1] for layer in lowered.layers]
    writer = {layer_buffers(layer)[-1]: number for number, layer in enumerate(lowered.layers)}
    needs = [
        {writer[buffer] for buffer in buffers if buffer in writer} - {number}
        for number, buffers in enumerate(reads)
    ]
    favours_vector = [_vector_exceeds_matrix(layer, config) for layer in lowered.layers]
    order: list[int] = []
    waiting = set(range(len(lowered.layers)))
    favoured_vector = False
    while waiting:
        ready = sorted(number for number in waiting if needs[number].isdisjoint(waiting))
        others = [number for number in ready if favours_vector[number] is not favoured_vector]
        chosen = (others or ready)[0]
        favoured_vector = favours_vector[chosen]
        order.append(chosen)
        waiting.remove(chosen)
    return replace(lowered, layers=tuple(lowered.layers[number] for number in order))


def _vector_exceeds_matrix(layer: Layer, config: AcceleratorConfig) -> bool:
    work = layer.work
    if not isinstance(work, Convolution):
        return True  # MATRIX has nothing to do
    # Both engines visit every pixel, once a tile and once a group of lanes.
    return sum(-(-chunk.outputs // config.vector_lanes) for chunk in work.chunks) > work.tiles
