"""Accelerators that fit the FPGAs of several boards; a board adds its clock."""

from typing import Any

KIB = 1 << 10

ECP5_25F: dict[str, Any] = {
    "rows": 8,
    "cols": 8,
    "pe_rows": 4,
    "pe_cols": 2,
    "multiplier": "ecp5",
    "vector_lanes": 1,
    "accumulator_width": 24,
    "accumulator_depth": 512,
    "scratchpad_bytes": 16 * KIB,
    "scratchpad_banks": 2,
    "weight_bytes": 40 * KIB,
    "parameter_words": 512,
    "program_bytes": 12 * KIB,
    "memory_registers": 1,
}

ECP5_45F: dict[str, Any] = {
    "rows": 8,
    "cols": 8,
    "pe_rows": 4,
    "pe_cols": 2,
    "multiplier": "ecp5",
    "vector_lanes": 1,
    "accumulator_width": 24,
    "accumulator_depth": 512,
    "scratchpad_bytes": 64 * KIB,
    "weight_bytes": 80 * KIB,
    "parameter_words": 1024,
    "program_bytes": 16 * KIB,
    "memory_registers": 1,
}

# Holds MLPerf Tiny's image classification on chip. The less block RAM there is, the shorter are the wires: PEs of two
# columns would take a third more for accumulators; twice the scratchpad, which that network could use, gains nothing.
ECP5_85F: dict[str, Any] = {
    "rows": 16,
    "cols": 16,
    "pe_rows": 4,
    "pe_cols": 4,
    "multiplier": "ecp5_packed",
    "vector_lanes": 2,
    "accumulator_width": 24,
    "accumulator_depth": 512,
    "scratchpad_bytes": 64 * KIB,
    "weight_bytes": 80 * KIB,
    "parameter_words": 512,
    "program_bytes": 40 * KIB,
    "memory_registers": 1,
}

# What the bundled digits need, and as few registers as they can do with. The program has the RAM with a single port.
ICE40_UP5K: dict[str, int | str] = {
    "rows": 4,
    "cols": 1,
    "pe_rows": 4,
    "multiplier": "ice40",
    "vector_lanes": 1,
    "vector_functions": "maximum",
    "vector_registers": 0,
    "queue_depth": 0,
    "performance_counters": 0,
    "accumulator_width": 20,
    "accumulator_depth": 32,
    "scratchpad_bytes": 1 * KIB,
    "scratchpad_banks": 2,
    "weight_bytes": 2 * KIB,
    "parameter_words": 64,
    "program_bytes": 12 * KIB,
    "program_ports": 1,
}

# A column of four multipliers in one PE: as fast as 2x2, with half its accumulators. No more of anything than the
# bundled digits need, because a register without logic before it takes a logic cell too: about 7,300 of 8,640.
GOWIN_9: dict[str, int | str] = {
    "rows": 4,
    "cols": 1,
    "pe_rows": 4,
    "multiplier": "gowin",
    "vector_lanes": 1,
    "vector_functions": "maximum",
    "queue_depth": 0,
    "performance_counters": 0,
    "accumulator_width": 20,
    "accumulator_depth": 128,
    "scratchpad_bytes": 2 * KIB,
    "scratchpad_banks": 2,
    "weight_bytes": 4 * KIB,
    "parameter_words": 128,
    "program_bytes": 12 * KIB,
}

GOWIN_20 = {
    "rows": 4,
    "cols": 4,
    "vector_lanes": 1,
    "accumulator_width": 24,
    "accumulator_depth": 256,
    "scratchpad_bytes": 8 * KIB,
    "scratchpad_banks": 2,
    "weight_bytes": 16 * KIB,
    "parameter_words": 512,
    "program_bytes": 8 * KIB,
}
