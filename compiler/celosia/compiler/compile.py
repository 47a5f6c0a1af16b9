"""The compiler: a list of stages, each from one immutable value to the next."""

from celosia.compiler.arrange import arrange
from celosia.compiler.canonicalise import canonicalise
from celosia.compiler.capacity import check_accumulators, check_memories
from celosia.compiler.choose_schedule import choose_schedule
from celosia.compiler.compiled import CompiledModel
from celosia.compiler.emit import emit
from celosia.compiler.graph import Graph
from celosia.compiler.graph_edit import describe
from celosia.compiler.hazards import find_waits
from celosia.compiler.legalise import legalise
from celosia.compiler.load_tables import load_tables
from celosia.compiler.lower import lower
from celosia.compiler.partition import partition
from celosia.compiler.report import accelerator_layers, host_layers
from celosia.rtl.config import AcceleratorConfig


def compile_graph(graph: Graph, config: AcceleratorConfig) -> CompiledModel:
    """Compile a network for a machine.

    Raises :class:`~celosia.compiler.errors.UnsupportedError` for operators without a hardware form and
    :class:`~celosia.compiler.errors.CapacityError` for a network that the machine is too small for; both name
    everything that is wrong, a line each.
    """
    parts = legalise(partition(canonicalise(graph)))
    check_accumulators(parts.body, config)
    lowered, placement = arrange(lower(parts.body, config), config)
    if placement.peak > config.scratchpad_bytes:
        lowered, placement = arrange(lower(parts.body, config, may_copy=False), config)
    items = choose_schedule(lowered, placement, config)
    check_memories(lowered, placement, items, config)
    items = load_tables(items)
    waits = find_waits(items, config.scratchpad_bytes)
    program = emit(items, waits, [describe(parts.body, layer.operator) for layer in lowered.layers], config)
    return CompiledModel(
        config=config,
        name=graph.name,
        program=program,
        weights=lowered.weights,
        parameters=lowered.parameters,
        constants=tuple(
            (address, buffer.constant)
            for address, buffer in zip(placement.addresses, lowered.buffers, strict=True)
            if buffer.constant is not None
        ),
        prologue=parts.prologue,
        epilogue=parts.epilogue,
        input_addresses=tuple(placement.addresses[buffer] for buffer in lowered.inputs),
        output_addresses=tuple(placement.addresses[buffer] for buffer in lowered.outputs),
        layers=(
            *host_layers(parts.prologue),
            *accelerator_layers(parts.body, lowered, placement, items),
            *host_layers(parts.epilogue),
        ),
        command_layers=tuple(len(parts.prologue.operators) + item.layer for item in items),
        scratchpad_used=placement.peak,
    )
