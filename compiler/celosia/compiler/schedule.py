"""Stage: layers become work items in program order.

Each engine runs its items in this order, and an item starts as soon as what it depends on has retired. So the
order within one engine matters, and the sizes of the items: a layer in several blocks of whole rows lets the
next layer start on the first of them while the last is still being computed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from celosia.compiler.hoist import hoist
from celosia.compiler.layers import Convolution, Lowered
from celosia.compiler.place import Placement
from celosia.compiler.schedule_matrix import matrix_items
from celosia.compiler.schedule_vector import vector_items
from celosia.compiler.work import WorkItem
from celosia.rtl.command import Function
from celosia.rtl.config import AcceleratorConfig


def schedule(lowered: Lowered, placement: Placement, config: AcceleratorConfig) -> tuple[WorkItem, ...]:
    """Work items of all layers in program order; accumulator halves alternate throughout."""
    in_layer_order = tuple(_items(lowered, placement.addresses, config))
    return tuple(_with_tables(hoist(in_layer_order, config.scratchpad_bytes)))


def _items(lowered: Lowered, addresses: Sequence[int], config: AcceleratorConfig) -> Iterator[WorkItem]:
    half = 0
    for number, layer in enumerate(lowered.layers):
        if isinstance(layer.work, Convolution):
            items = tuple(matrix_items(number, layer.work, addresses, config, half))
            half = 1 - (items[-1].half or 0)
            yield from items
        else:
            for nest in layer.work:
                yield from vector_items(number, nest, addresses, config)


def _with_tables(items: Sequence[WorkItem]) -> Iterator[WorkItem]:
    """Let each item that needs another table than the engine then holds load it first."""
    held = None
    for item in items:
        if item.fields.get("function") is Function.TABLE and item.fields["parameter_base"] != held:
            held = item.fields["parameter_base"]
            yield replace(item, fields={**item.fields, "load_table": 1})
        else:
            yield item
