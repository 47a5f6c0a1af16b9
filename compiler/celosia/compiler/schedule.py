"""Stage: layers become work items in program order.

Each engine runs its items in this order, and an item starts as soon as what it depends on has retired. So the
order within one engine matters, and the sizes of the items: a layer in several blocks of whole rows lets the
next layer start on the first of them while the last is still being computed.
"""

from collections.abc import Iterator

from celosia.compiler.layers import Convolution, Lowered
from celosia.compiler.place import Placement
from celosia.compiler.schedule_matrix import matrix_items
from celosia.compiler.schedule_vector import vector_items
from celosia.compiler.work import WorkItem
from celosia.rtl.config import AcceleratorConfig


def schedule(lowered: Lowered, placement: Placement, config: AcceleratorConfig) -> tuple[WorkItem, ...]:
    """Work items of all layers, one layer after the other; accumulator halves alternate throughout."""
    return tuple(_items(lowered, placement, config))


def _items(lowered: Lowered, placement: Placement, config: AcceleratorConfig) -> Iterator[WorkItem]:
    half = 0
    table: int | None = None
    for number, layer in enumerate(lowered.layers):
        if isinstance(layer.work, Convolution):
            for matrix, vector in matrix_items(number, layer.work, placement.addresses, config, half):
                yield matrix
                yield vector
                half ^= 1
            continue
        for nest in layer.work:
            for item in vector_items(number, nest, placement.addresses, config, table):
                yield item
                if item.fields["load_table"]:
                    table = int(item.fields["parameter_base"])
