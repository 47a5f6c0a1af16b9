"""What was compiled, layer by layer: the rows of ``CompiledModel.layers``."""

from collections.abc import Sequence
from itertools import groupby
from math import prod

from celosia.compiler.compiled import Layer
from celosia.compiler.graph import Graph
from celosia.compiler.layers import Convolution, Lowered
from celosia.compiler.place import Placement
from celosia.compiler.work import WorkItem
from celosia.rtl.command import Engine


def accelerator_layers(
    body: Graph, lowered: Lowered, placement: Placement, items: Sequence[WorkItem]
) -> tuple[Layer, ...]:
    """One row for each lowered layer, with its share of the program."""
    before = {engine: 0 for engine in Engine}
    rows = []
    first = 0
    for number, group in groupby(items, key=lambda item: item.layer):
        own = tuple(group)
        layer = lowered.layers[number]
        output = layer.operator.outputs[0]
        tensor = body.tensors[output]
        counts = {engine: sum(item.engine is engine for item in own) for engine in Engine}
        tiles = 0
        if isinstance(layer.work, Convolution):
            kernel_rows = layer.work.geometry.kernel[0]
            tiles = sum(kernel_rows * chunk.kernel_cols * chunk.run_tiles for chunk in layer.work.chunks)
        rows.append(
            Layer(
                name=tensor.name,
                operation=layer.operator.operation.value,
                where="accelerator",
                tensor=output,
                address=placement.addresses[lowered.tensor_buffers[output]],
                size=prod(tensor.shape),
                macs=layer.macs,
                tiles=tiles,
                packing=layer.packing or "",
                commands=(first, first + len(own)),
                engine_commands={
                    engine.name.lower(): (before[engine], before[engine] + counts[engine]) for engine in Engine
                },
                engine_cycles={
                    engine.name.lower(): sum(item.cycles for item in own if item.engine is engine)
                    for engine in Engine
                },
            )
        )
        first += len(own)
        before = {engine: before[engine] + counts[engine] for engine in Engine}
    return tuple(rows)


def host_layers(graph: Graph) -> tuple[Layer, ...]:
    """One row for each operator that the host computes."""
    return tuple(
        Layer(
            name=graph.tensors[operator.outputs[0]].name, operation=operator.operation.value, where="host"
        )
        for operator in graph.operators
    )
