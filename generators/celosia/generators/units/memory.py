"""Memories."""

from celosia.generators.unit import Unit
from celosia.rtl.control.fetch import fetch_stages

UNITS = (
    Unit(
        "accumulators",
        "partial sums in two halves: add into one, read the other",
        "celosia.rtl.memory.accumulators:Accumulators",
        lambda c: {
            "cols": c.cols,
            "pe_cols": c.pe_cols,
            "width": c.accumulator_width,
            "depth": c.accumulator_depth,
            "bus_width": c.bus_width,
            "registered": bool(c.memory_registers),
        },
    ),
    Unit(
        "scratchpad",
        "banked activation memory, vectors at any byte address",
        "celosia.rtl.memory.scratchpad:Scratchpad",
        lambda c: {
            "total_bytes": c.scratchpad_bytes,
            "banks": c.scratchpad_banks,
            "word_bytes": c.word_bytes,
            "read_widths": (c.rows, c.vector_lanes),
            "write_width": c.vector_lanes,
            "bus_width": c.bus_width,
            "registered": bool(c.memory_registers),
        },
    ),
    Unit(
        "weight_memory",
        "weights, several rows of a tile in a word",
        "celosia.rtl.memory.weights:WeightMemory",
        lambda c: {
            "words": c.weight_words,
            "rows_per_cycle": c.weight_rows_per_cycle,
            "cols": c.cols,
            "bus_width": c.bus_width,
            "registered": bool(c.memory_registers),
        },
    ),
    Unit(
        "parameter_memory",
        "bias, multiplier and shift of each channel; tables",
        "celosia.rtl.memory.parameters:ParameterMemory",
        lambda c: {
            "words": c.parameter_words,
            "lanes": c.vector_lanes,
            "bus_width": c.bus_width,
            "registered": bool(c.memory_registers),
        },
    ),
    Unit(
        "program_memory",
        "the program, 64 bits a word",
        "celosia.rtl.memory.program:ProgramMemory",
        lambda c: {
            "words": c.program_bytes // 8,
            "bus_width": c.bus_width,
            "registered": fetch_stages(c) > 1,
            "single_port": c.program_ports == 1,
        },
    ),
    Unit(
        "ram",
        "one read and one write port, write enables for parts of a word",
        "celosia.rtl.memory.ram:Ram",
        lambda c: {"width": 8 * c.word_bytes, "depth": c.scratchpad_bytes // c.word_bytes, "granularity": 8},
    ),
    Unit(
        "double_buffer",
        "two halves: one fills while the other is read, with streams",
        "celosia.rtl.memory.double_buffer:DoubleBuffer",
        lambda c: {"width": 8 * c.word_bytes, "depth": 64},
    ),
    Unit(
        "buffet",
        "a sliding window: filled like a queue, read and updated like a memory",
        "celosia.rtl.memory.buffet:Buffet",
        lambda c: {"width": 8 * c.word_bytes, "depth": 64, "updates": True},
    ),
)
