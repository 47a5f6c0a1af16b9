"""Checks that a network fits the machine: sums into the accumulators, contents into the memories."""

from collections import Counter
from collections.abc import Mapping, Sequence

from celosia.compiler.errors import CapacityError
from celosia.compiler.graph import Graph, Operation, Operator
from celosia.compiler.graph_edit import describe
from celosia.compiler.layers import Lowered
from celosia.compiler.lower_convolution import output_major_weights
from celosia.compiler.place import Placement
from celosia.compiler.work import WorkItem
from celosia.rtl.command import PROGRAM_WORD_BITS, TIMELINE_BITS, Engine, Opcode, record_words
from celosia.rtl.config import AcceleratorConfig

WEIGHTED = (Operation.CONV_2D, Operation.DEPTHWISE_CONV_2D, Operation.FULLY_CONNECTED)
LOWEST_BYTE, HIGHEST_BYTE = -128, 127
LONGEST_TIMELINE = (1 << TIMELINE_BITS) - 1  # commands of an engine


def check_accumulators(graph: Graph, config: AcceleratorConfig) -> None:
    """Prove that no sum of products overflows.

    Accumulators wrap, so only the final sum of each output must fit, whatever the order. Biases are added
    later, at 32 bits. Raises :class:`CapacityError` with a line for each layer that needs wider ones.
    """
    faults = []
    for operator in graph.operators:
        if operator.operation in WEIGHTED:
            needed = accumulator_bits(graph, operator)
            if needed > config.accumulator_width:
                faults.append(
                    f"{describe(graph, operator)} needs {needed} bits of accumulator,"
                    f" has {config.accumulator_width}: {_remedy('accumulator_width', needed)}"
                )
    if faults:
        raise CapacityError("\n".join(faults))


def accumulator_bits(graph: Graph, operator: Operator) -> int:
    """Bits that hold every sum of products that some input of a layer gives."""
    weights = output_major_weights(graph, operator).reshape(graph.tensors[operator.outputs[0]].shape[-1], -1)
    positive = weights.clip(min=0).sum(axis=1, dtype=int)
    negative = weights.astype(int).clip(max=0).sum(axis=1)
    highest = int((HIGHEST_BYTE * positive + LOWEST_BYTE * negative).max(initial=0))
    lowest = int((LOWEST_BYTE * positive + HIGHEST_BYTE * negative).min(initial=0))
    return max(highest.bit_length(), (-lowest - 1).bit_length() if lowest else 0) + 1


def check_memories(
    lowered: Lowered, placement: Placement, items: Sequence[WorkItem], config: AcceleratorConfig
) -> None:
    """Raise :class:`CapacityError` with a line for each memory that is too small."""
    commands = _commands(items)
    demands = (
        *_data(lowered, placement, config),
        ("program", "bytes", "program_bytes", _program_bytes(commands)),
    )
    faults = [
        f"{memory} needs {needed} {unit}, has {getattr(config, field)}: {_remedy(field, needed)}"
        for memory, unit, field, needed in demands
        if needed > getattr(config, field)
    ]
    depths = dict.fromkeys(Engine, "accumulator_depth")
    depths[Engine.DEPTHWISE] = "depthwise_accumulator_depth"
    faults += [
        f"{engine.name} needs {count} commands, the timeline counts to {LONGEST_TIMELINE}:"
        f" use larger {depths[engine]}"
        for engine, count in commands.items()
        if count > LONGEST_TIMELINE
    ]
    if faults:
        raise CapacityError("\n".join(faults))


def fits_data(lowered: Lowered, placement: Placement, config: AcceleratorConfig) -> bool:
    """Whether the machine can hold all but the program."""
    return all(needed <= getattr(config, field) for _, _, field, needed in _data(lowered, placement, config))


def fits_program(items: Sequence[WorkItem], config: AcceleratorConfig) -> bool:
    """Whether the machine can hold a program of these items, and count them."""
    commands = _commands(items)
    return (
        _program_bytes(commands) <= config.program_bytes
        and max(commands.values(), default=0) <= LONGEST_TIMELINE
    )


def _data(
    lowered: Lowered, placement: Placement, config: AcceleratorConfig
) -> tuple[tuple[str, str, str, int], ...]:
    """Memories but the program's: what they hold, its unit, their field, and what the network needs of it."""
    line = config.scratchpad_banks * config.word_bytes
    return (
        ("scratchpad", "bytes", "scratchpad_bytes", -(-placement.peak // line) * line),
        ("weights", "bytes", "weight_bytes", len(lowered.weights)),
        ("parameters", "words", "parameter_words", -(-len(lowered.parameters) // config.vector_lanes)),
    )


def _commands(items: Sequence[WorkItem]) -> Counter[Engine]:
    return Counter(item.engine for item in items)


def _program_bytes(commands: Mapping[Engine, int]) -> int:
    words = sum(count * record_words(engine.opcode) for engine, count in commands.items())
    return (words + record_words(Opcode.END)) * PROGRAM_WORD_BITS // 8


def _remedy(field: str, needed: int) -> str:
    limits = AcceleratorConfig.model_fields[field].metadata
    largest = max(getattr(limit, "le", 0) for limit in limits)
    if needed > largest:
        return f"more than any configuration has ({field} is at most {largest})"
    return f"use --set {field}={needed}"
