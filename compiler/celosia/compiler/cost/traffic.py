"""Bytes that a command moves in and out of each memory, as its ports move them: whole vectors and words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import add
from typing import Self

from amaranth.hdl import Shape

from celosia.compiler.cost.vector import vector_operands
from celosia.compiler.cost.work import Fields
from celosia.rtl.command import Engine, Function, Parameter
from celosia.rtl.config import AcceleratorConfig

TABLE_ENTRIES = 64
PARAMETER_BITS = Shape.cast(Parameter).width


@dataclass(frozen=True)
class Traffic:
    """Bytes moved at each level of memory.

    A read of the scratchpad moves a vector even where padding or the last lanes are not used; a write moves the
    bytes that are written. Parameters are read with every operand, needed or not. Conflicts that are lost move
    nothing.
    """

    scratchpad_read: int = 0
    scratchpad_written: int = 0
    weights_read: int = 0
    parameters_read: int = 0
    accumulators_read: int = 0
    accumulators_written: int = 0

    def __add__(self, other: Self) -> Self:
        """Level by level."""
        return type(self)(*map(add, vars(self).values(), vars(other).values()))


def matrix_traffic(fields: Fields, config: AcceleratorConfig) -> Traffic:
    """What a MATRIX command moves."""
    pixels, tiles = fields["block_rows"] * fields["block_cols"], fields["tile_count"]
    sums = pixels * accumulator_word_bits(config)
    return Traffic(
        scratchpad_read=pixels * tiles * config.rows,
        weights_read=tiles * config.tile_words * config.weight_word_bytes,
        accumulators_read=sums * (tiles if fields["accumulate"] else tiles - 1) // 8,
        accumulators_written=sums * tiles // 8,
    )


def depthwise_traffic(fields: Fields, config: AcceleratorConfig) -> Traffic:
    """What a DEPTHWISE command moves."""
    rows = (fields["stream_rows"] - config.depthwise_rows) // fields["y_stride"] + 1
    cols = (fields["stream_cols"] - 3) // fields["x_stride"] + 1
    sums = rows * cols * accumulator_word_bits(config) // 8
    return Traffic(
        scratchpad_read=fields["stream_rows"] * fields["stream_cols"] * config.cols,
        weights_read=config.depthwise_weight_words * config.weight_word_bytes,
        accumulators_read=sums if fields["accumulate"] else 0,
        accumulators_written=sums,
    )


def vector_traffic(fields: Fields, config: AcceleratorConfig) -> Traffic:
    """What a VECTOR command moves."""
    operands = vector_operands(fields, config)
    function = fields["function"]
    from_accumulators = function is Function.REQUANTIZE
    loads_table = function is Function.TABLE and fields["load_table"]
    parameter_words = operands + (TABLE_ENTRIES if loads_table else 0)
    return Traffic(
        scratchpad_read=0 if from_accumulators else operands * config.vector_lanes,
        scratchpad_written=fields["block_rows"] * fields["block_cols"] * fields["channels"],
        parameters_read=parameter_words * config.vector_lanes * PARAMETER_BITS // 8,
        accumulators_read=operands * accumulator_word_bits(config) // 8 if from_accumulators else 0,
    )


def accumulator_word_bits(config: AcceleratorConfig) -> int:
    """Bits of an accumulator entry: all columns."""
    return config.cols * config.accumulator_width


#: What a command of each engine moves.
ENGINE_TRAFFIC: Mapping[Engine, Callable[[Fields, AcceleratorConfig], Traffic]] = {
    Engine.MATRIX: matrix_traffic,
    Engine.DEPTHWISE: depthwise_traffic,
    Engine.VECTOR: vector_traffic,
}
