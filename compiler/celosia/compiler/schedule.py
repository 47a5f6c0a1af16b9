"""Stage: layers become work items.

Each engine runs its items in program order, and an item starts as soon as what it depends on has retired. So the
sizes of the items matter: a layer in several blocks of whole rows lets the next layer start on the first of them
while the last is still being computed.
"""

from collections.abc import Iterator, Sequence

from celosia.compiler.layers import Convolution, Lowered, TapConvolution
from celosia.compiler.place import Placement
from celosia.compiler.schedule_depthwise import depthwise_items
from celosia.compiler.schedule_matrix import matrix_items
from celosia.compiler.schedule_vector import vector_items
from celosia.compiler.work import WorkItem
from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig


def schedule(lowered: Lowered, placement: Placement, config: AcceleratorConfig) -> tuple[WorkItem, ...]:
    """Work items of one layer after the other; accumulator halves alternate throughout, per engine."""
    return tuple(_items(lowered, placement.addresses, config))


def _items(lowered: Lowered, addresses: Sequence[int], config: AcceleratorConfig) -> Iterator[WorkItem]:
    half = {Engine.MATRIX: 0, Engine.DEPTHWISE: 0}
    for number, layer in enumerate(lowered.layers):
        match layer.work:
            case Convolution():
                for nest in layer.preparation:
                    yield from vector_items(number, nest, addresses, config)
                items = tuple(matrix_items(number, layer.work, addresses, config, half[Engine.MATRIX]))
                half[Engine.MATRIX] = 1 - (items[-1].half or 0)
                yield from items
            case TapConvolution():
                items = tuple(depthwise_items(number, layer.work, addresses, config, half[Engine.DEPTHWISE]))
                half[Engine.DEPTHWISE] = 1 - (items[-1].half or 0)
                yield from items
            case nests:
                for nest in nests:
                    yield from vector_items(number, nest, addresses, config)
