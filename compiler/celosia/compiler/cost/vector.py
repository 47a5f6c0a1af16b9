"""Cost of a VECTOR command: a slot is an operand."""

from functools import cache

import numpy as np

from celosia.compiler.cost.banks import banks_read
from celosia.compiler.cost.work import BankMasks, CommandWork, Fields
from celosia.rtl.command import Function, functions_of
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.engine.vector_lane import LaneStages
from celosia.rtl.memory.scratchpad import Scratchpad, read_latency

#: Cycles to load a table.
TABLE_ENTRIES = 64


@cache
def vector_pipeline(config: AcceleratorConfig) -> int:
    """Cycles from a command's last operand until its last byte can be read."""
    lanes = LaneStages.of(functions_of(config), registered=bool(config.vector_registers))
    to_lane = read_latency(registered=bool(config.memory_registers))
    return to_lane + lanes.result + Scratchpad.write_latency


def vector_work(fields: Fields, config: AcceleratorConfig) -> CommandWork:
    """What a VECTOR command takes."""
    loads_table = fields["function"] is Function.TABLE and fields["load_table"]
    return CommandWork(
        pass_slots=vector_operands(fields, config),
        passes=1,
        load=0,
        retire=vector_pipeline(config),
        prepare=TABLE_ENTRIES if loads_table else 0,
        reads=None if fields["function"] is Function.REQUANTIZE else lambda: vector_banks(fields, config),
    )


def vector_operands(fields: Fields, config: AcceleratorConfig) -> int:
    """Operands that a command issues."""
    elements = fields["block_rows"] * fields["block_cols"] * lane_groups(fields, config)
    return int(elements * operands_per_pixel(fields) * fields["window_rows"] * fields["window_cols"])


def lane_groups(fields: Fields, config: AcceleratorConfig) -> int:
    """Groups of lanes that a pixel's channels take."""
    return int(-(-fields["channels"] // config.vector_lanes))


def operands_per_pixel(fields: Fields) -> int:
    """2 for a function of A and B."""
    return 2 if fields["function"] in (Function.ADD, Function.MULTIPLY) else 1


def vector_banks(fields: Fields, config: AcceleratorConfig) -> BankMasks:
    """Banks that each operand needs."""

    def operand(name: str) -> BankMasks:
        windows = (
            (
                (fields["window_rows"], fields["window_row_step"]),
                (fields["window_cols"], fields["window_col_step"]),
            )
            if name == "a"
            else ()
        )
        return banks_read(
            config,
            config.vector_lanes,
            fields[f"{name}_address"],
            (fields["block_rows"], fields[f"{name}_row_step"]),
            (fields["block_cols"], fields[f"{name}_col_step"]),
            (lane_groups(fields, config), config.vector_lanes),
            *windows,
        )

    if operands_per_pixel(fields) == 1:
        return operand("a")
    return np.stack((operand("a"), operand("b")), axis=1).ravel()
