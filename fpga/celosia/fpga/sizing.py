"""Memories of just the size that a network needs, and no function of the vector engine that it does not."""

from typing import Any

from celosia.compiler.compile import compile_graph
from celosia.compiler.compiled import CompiledModel
from celosia.compiler.cost.predict import predict
from celosia.compiler.errors import CapacityError
from celosia.compiler.graph import Graph
from celosia.fpga.board import Board
from celosia.fpga.design import prepare
from celosia.fpga.memories import DoesNotFit, check_memories
from celosia.rtl.command import PROGRAM_WORD_BITS, Engine
from celosia.rtl.config import VECTOR_FUNCTIONS, AcceleratorConfig

#: The fields that a network decides on.
SIZED = ("scratchpad_bytes", "weight_bytes", "parameter_words", "program_bytes")
#: The smallest sizes worth having; a table is as long as this many parameter words of a single lane.
LEAST = {"scratchpad_bytes": 256, "weight_bytes": 1, "parameter_words": 64, "program_bytes": 256}


#: How many times as long a network may take in half the scratchpad. Block RAM that is not there is not far away either.
WORTH_HALF = 1.02


def fit_network(graph: Graph, config: AcceleratorConfig, board: Board) -> CompiledModel:
    """Compile a network for ``config`` with memories of just the size that it needs, and functions that it uses.

    The arrangement in the scratchpad is the smallest that costs next to no cycles, or the smallest of all if the board
    has no room for that.

    Raises
    ------
    CompileError
        If the network cannot be compiled, whatever the size of the memories.
    DoesNotFit
        If the board's FPGA has not enough block RAM for it.
    """
    largest = AcceleratorConfig.create({**config.model_dump(), **_largest(config)})
    program = compile_graph(graph, _sized(_thrifty(graph, largest), config))
    try:
        _check(program, board)
    except DoesNotFit as problem:
        line = config.scratchpad_banks * config.word_bytes
        tight = program.config.scratchpad_bytes - line
        try:
            smaller = {**largest.model_dump(), "scratchpad_bytes": tight}
            program = compile_graph(graph, AcceleratorConfig.create(smaller))
        except (CapacityError, ValueError):
            raise problem from None
        program = compile_graph(graph, _sized(program, config))
        _check(program, board)
    return program


def _thrifty(graph: Graph, largest: AcceleratorConfig) -> CompiledModel:
    """The network in as small a scratchpad as costs it next to no cycles."""
    program = compile_graph(graph, largest)
    most = predict(program).cycles * WORTH_HALF
    line = largest.scratchpad_banks * largest.word_bytes
    while True:
        half = -(-program.scratchpad_used // (2 * line)) * line
        if half >= program.scratchpad_used:
            return program
        try:
            fields = {**largest.model_dump(), "scratchpad_bytes": half}
            smaller = compile_graph(graph, AcceleratorConfig.create(fields))
        except (CapacityError, ValueError):
            return program
        if predict(smaller).cycles > most:
            return program
        program = smaller


def _check(program: CompiledModel, board: Board) -> None:
    part = board.family.part(board.make_platform())
    check_memories(prepare(board, program.config).netlist, board, part)


def _largest(config: AcceleratorConfig) -> dict[str, Any]:
    line = config.scratchpad_banks * config.word_bytes
    sizes: dict[str, Any] = {"vector_functions": ",".join(VECTOR_FUNCTIONS)}
    for field in SIZED:
        limits = AcceleratorConfig.model_fields[field].metadata
        sizes[field] = max(getattr(limit, "le", 0) for limit in limits)
    sizes["scratchpad_bytes"] -= sizes["scratchpad_bytes"] % line
    return sizes


def _sized(program: CompiledModel, config: AcceleratorConfig) -> AcceleratorConfig:
    line = config.scratchpad_banks * config.word_bytes
    tile = config.tile_words * config.weight_word_bytes
    used = {
        command.fields["function"].name.lower()
        for command in program.commands
        if command.engine is Engine.VECTOR
    }
    needs = {
        "vector_functions": ",".join(name for name in VECTOR_FUNCTIONS if name in used),
        "scratchpad_bytes": -(-max(program.scratchpad_used, LEAST["scratchpad_bytes"]) // line) * line,
        "weight_bytes": max(len(program.weights), tile),
        "parameter_words": max(
            -(-len(program.parameters) // config.vector_lanes),
            LEAST["parameter_words"] // config.vector_lanes,
        ),
        "program_bytes": max(len(program.program) * PROGRAM_WORD_BITS // 8, LEAST["program_bytes"]),
    }
    return AcceleratorConfig.create({**config.model_dump(), **needs})
