"""Stage: layers become work items.

Each engine runs its items in program order, and an item starts as soon as what it depends on has retired. So the
sizes of the items matter: a layer in several blocks of whole rows lets the next layer start on the first of them
while the last is still being computed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from celosia.compiler.grain import DEFAULT_GRAIN, Grain
from celosia.compiler.layers import Convolution, Lowered, TapConvolution, VectorNest, layer_buffers
from celosia.compiler.place import Placement
from celosia.compiler.schedule_depthwise import depthwise_turns
from celosia.compiler.schedule_matrix import late_channel, matrix_turns
from celosia.compiler.schedule_vector import vector_items
from celosia.compiler.split_reduction import producer
from celosia.compiler.work import Turn
from celosia.rtl.config import AcceleratorConfig

WHOLE_BLOCKS = 3


def cut_into_turns(
    lowered: Lowered, placement: Placement, config: AcceleratorConfig, grain: Grain = DEFAULT_GRAIN
) -> tuple[tuple[Turn, ...], ...]:
    """Turns of each layer, in an order in which they could be done."""
    return tuple(
        tuple(_turns(number, lowered, placement.addresses, config, grain))
        for number in range(len(lowered.layers))
    )


def _turns(
    number: int, lowered: Lowered, addresses: Sequence[int], config: AcceleratorConfig, common: Grain
) -> Iterator[Turn]:
    layer, grain = lowered.layers[number], _grain_for(lowered, number, common)
    match layer.work:
        case Convolution():
            for nest in layer.preparation:
                for item in vector_items(number, nest, addresses, config, grain):
                    yield Turn((), (item,))
            source = producer(lowered.layers, layer.work)
            late_input = None if source is None else late_channel(config, source, grain)
            yield from matrix_turns(number, layer.work, addresses, config, grain, late_input)
        case TapConvolution():
            yield from depthwise_turns(number, layer.work, addresses, config, grain)
        case nests:
            for nest in nests:
                for item in vector_items(number, nest, addresses, config, grain):
                    yield Turn((), (item,))


def _grain_for(lowered: Lowered, number: int, grain: Grain) -> Grain:
    """Coarser blocks where the layers that follow need all of them at once: their channels then come one by one."""
    output = layer_buffers(lowered.layers[number])[-1]
    users = [layer.work for layer in lowered.layers if output in layer_buffers(layer)[:-1]]
    if users and all(_takes_whole_images(work) for work in users):
        return replace(grain, blocks=WHOLE_BLOCKS)
    return grain


def _takes_whole_images(work: Convolution | TapConvolution | tuple[VectorNest, ...]) -> bool:
    match work:
        case Convolution():
            return False
        case TapConvolution():
            return work.block[0] >= work.geometry.out_height and work.block[1] >= work.geometry.out_width
        case nests:
            return all(nest.rows == nest.cols == 1 and nest.window[:2] != (1, 1) for nest in nests)
