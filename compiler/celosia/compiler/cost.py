"""The cost model: cycles of a compiled program, from the same configuration that the hardware is built from.

Each command's own cycles are a closed form of its fields; what it waits for comes from its header. Commands are
then placed on the engines' timelines one after the other, in program order, which is exact because waits only
point backwards. Conflicts for scratchpad banks are left out: they depend on addresses cycle by cycle.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from celosia.compiler.compiled import CompiledModel
from celosia.rtl.command import Engine, Function, Opcode, decode, record_words
from celosia.rtl.config import AcceleratorConfig

#: Records that a queue holds besides the one being offered to the engine.
QUEUE_DEPTH = 2
#: Cycles from the start of a run until the first program word is there.
FETCH_LATENCY = 1
#: Cycles from a record's last word entering an empty queue until the record is offered.
QUEUE_LATENCY = 3
#: Cycles from the end of a wait, or the offer of a command, to the first vector of MATRIX.
MATRIX_START = 2
#: Cycles from the end of a wait, or the offer of a command, to the first operand of VECTOR.
VECTOR_START = 1
#: Cycles from a VECTOR command's last operand until its last byte can be read.
VECTOR_PIPELINE = 20
#: Scratchpad, padding and psum registers between the issue of a vector and the array.
SCRATCHPAD_PIPELINE = 4
TABLE_ENTRIES = 64


@dataclass(frozen=True)
class CommandTime:
    """When a command's front end starts and stops issuing, and when it retires; cycles of the run."""

    engine: Engine
    start: int
    end: int
    retired: int


@dataclass(frozen=True)
class Prediction:
    """Cycles of a run, by which each layer moves its end, and every command's times in program order."""

    cycles: int
    layer_cycles: tuple[int, ...]
    commands: tuple[CommandTime, ...]


def predict(program: CompiledModel) -> Prediction:
    """Predict a run of ``program``."""
    commands = _timeline(program)
    retired = {
        engine.name.lower(): [command.retired for command in commands if command.engine is engine]
        for engine in Engine
    }
    ends = [0]
    for layer in program.layers:
        spans = layer.engine_commands.items()
        ends.append(
            max([ends[-1], *(retired[name][stop - 1] for name, (first, stop) in spans if stop > first)])
        )
    layer_cycles = tuple(end - before for before, end in pairwise(ends))
    return Prediction(ends[-1] + 1, layer_cycles, tuple(commands))


def _timeline(program: CompiledModel) -> list[CommandTime]:
    config = program.config
    times: list[CommandTime] = []
    fetched = FETCH_LATENCY
    retired: dict[Engine, list[int]] = {engine: [] for engine in Engine}
    taken: dict[Engine, deque[int]] = {
        engine: deque([0] * (QUEUE_DEPTH + 1), QUEUE_DEPTH + 1) for engine in Engine
    }
    free = dict.fromkeys(Engine, 0)
    swapped = 0
    for opcode, fields in decode([int(word) for word in program.program]):
        if opcode is Opcode.END:
            break
        engine = Engine[opcode.name]
        size = record_words(opcode)
        # The queue's oldest record must have been taken before the last word of this one fits.
        fetched = max(fetched + size, taken[engine][0] + 1)
        offered = max(fetched + QUEUE_LATENCY, taken[engine][-1] + size + 1)
        header = fields["header"]
        waits = [
            retired[other][count - 1] + 1
            for other in Engine
            if (count := header[f"wait_{other.name.lower()}"])
        ]
        ready = max([offered, *waits])
        if engine is Engine.MATRIX:
            pixels, tiles = fields["block_rows"] * fields["block_cols"], fields["tile_count"]
            interval = max(pixels, config.tile_words)
            start = max(ready + MATRIX_START, free[engine], swapped + config.tile_words)
            swapped = start + (tiles - 1) * interval
            end = swapped + pixels
            done = end + matrix_pipeline(config)
        else:
            start = max(ready + VECTOR_START, free[engine]) + vector_prologue(fields)
            end = start + vector_operands(fields, config)
            done = end + VECTOR_PIPELINE
        taken[engine].append(max(ready, free[engine]))
        free[engine] = end
        retired[engine].append(done)
        times.append(CommandTime(engine, start, end, done))
    return times


def matrix_pipeline(config: AcceleratorConfig) -> int:
    """Cycles from a MATRIX command's last vector until its last sum can be read."""
    tree = (config.pe_rows - 1).bit_length()
    array = config.rows // config.pe_rows + 2 + tree
    accumulators = config.cols // config.pe_cols + 3
    return SCRATCHPAD_PIPELINE + array + accumulators - 1


def vector_prologue(fields: Mapping[str, Any]) -> int:
    """Cycles a VECTOR command spends on its table before its first operand."""
    return TABLE_ENTRIES if fields["function"] is Function.TABLE and fields["load_table"] else 0


def vector_operands(fields: Mapping[str, Any], config: AcceleratorConfig) -> int:
    """Operands that a VECTOR command issues, one a cycle."""
    groups = -(-fields["channels"] // config.vector_lanes)
    elements = fields["block_rows"] * fields["block_cols"] * groups
    per_element = 2 if fields["function"] in (Function.ADD, Function.MULTIPLY) else 1
    return int(elements * per_element * fields["window_rows"] * fields["window_cols"])
