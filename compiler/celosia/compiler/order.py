"""Pass: the order of layers that keeps both engines at work."""

from dataclasses import replace

from celosia.compiler.layers import Convolution, Layer, Lowered, layer_buffers
from celosia.rtl.config import AcceleratorConfig


def order_layers(lowered: Lowered, config: AcceleratorConfig) -> Lowered:
    """Reorder layers within what their data dependences allow.

    Of the layers whose inputs exist, one that keeps VECTOR longer than MATRIX comes first: VECTOR's rest is
    done while MATRIX works on the next one. This moves the 1x1 convolution of a residual block's shortcut
    before the block's 3x3 convolutions, which hide it.
    """
    reads = [layer_buffers(layer)[:-1] for layer in lowered.layers]
    writer = {layer_buffers(layer)[-1]: number for number, layer in enumerate(lowered.layers)}
    needs = [
        {writer[buffer] for buffer in buffers if buffer in writer} - {number}
        for number, buffers in enumerate(reads)
    ]
    is_hidden = [_vector_exceeds_matrix(layer, config) for layer in lowered.layers]
    order: list[int] = []
    done: set[int] = set()
    waiting = set(range(len(lowered.layers)))
    while waiting:
        ready = [number for number in waiting if needs[number] <= done]
        chosen = min(ready, key=lambda number: (not is_hidden[number], number))
        order.append(chosen)
        done.add(chosen)
        waiting.remove(chosen)
    return replace(lowered, layers=tuple(lowered.layers[number] for number in order))


def _vector_exceeds_matrix(layer: Layer, config: AcceleratorConfig) -> bool:
    work = layer.work
    if not isinstance(work, Convolution):
        return True
    # Both engines visit every pixel, once a tile and once a group of lanes.
    tiles = sum(work.geometry.kernel[0] * chunk.kernel_cols * chunk.run_tiles for chunk in work.chunks)
    return sum(-(-chunk.outputs // config.vector_lanes) for chunk in work.chunks) > tiles
