"""What was compiled, layer by layer: the rows of ``CompiledModel.layers``."""

from collections import defaultdict
from collections.abc import Sequence
from math import prod

from celosia.compiler.compiled import Layer
from celosia.compiler.graph import Graph
from celosia.compiler.layers import Convolution, Lowered, TapConvolution, VectorNest
from celosia.compiler.place import Placement
from celosia.compiler.work import WorkItem
from celosia.rtl.command import Engine


def accelerator_layers(
    body: Graph, lowered: Lowered, placement: Placement, items: Sequence[WorkItem]
) -> tuple[Layer, ...]:
    """One row for each lowered layer, with its share of the program."""
    positions: dict[int, list[int]] = defaultdict(list)
    counts: dict[tuple[int, Engine], list[int]] = defaultdict(list)
    cycles: dict[tuple[int, Engine], int] = defaultdict(int)
    issued = dict.fromkeys(Engine, 0)
    for position, item in enumerate(items):
        positions[item.layer].append(position)
        counts[item.layer, item.engine].append(issued[item.engine])
        cycles[item.layer, item.engine] += item.cycles
        issued[item.engine] += 1
    rows = []
    for number, layer in enumerate(lowered.layers):
        output = layer.operator.outputs[0]
        tensor = body.tensors[output]
        rows.append(
            Layer(
                name=tensor.name,
                operation=layer.operator.operation.value,
                where="accelerator",
                tensor=output,
                address=placement.addresses[lowered.tensor_buffers[output]],
                size=prod(tensor.shape),
                macs=layer.macs,
                narrow_macs=layer.narrow_macs,
                tiles=_tiles(layer.work),
                packing=layer.packing or "",
                commands=_span(positions[number]),
                engine_commands={engine.name.lower(): _span(counts[number, engine]) for engine in Engine},
                engine_cycles={engine.name.lower(): cycles[number, engine] for engine in Engine},
            )
        )
    return tuple(rows)


def host_layers(graph: Graph) -> tuple[Layer, ...]:
    """One row for each operator that the host computes."""
    return tuple(
        Layer(name=graph.tensors[operator.outputs[0]].name, operation=operator.operation.value, where="host")
        for operator in graph.operators
    )


def _tiles(work: Convolution | TapConvolution | tuple[VectorNest, ...]) -> int:
    match work:
        case Convolution():
            return work.tiles
        case TapConvolution():
            return sum(len(chunk.weight_bases) for chunk in work.chunks)
        case _:
            return 0


def _span(numbers: Sequence[int]) -> tuple[int, int]:
    """The first number, and one more than the last."""
    return (numbers[0], numbers[-1] + 1) if numbers else (0, 0)
