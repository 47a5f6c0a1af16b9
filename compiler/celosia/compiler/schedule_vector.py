"""Cuts a VECTOR loop nest over the scratchpad into commands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum

from celosia.compiler.grain import Grain
from celosia.compiler.layers import Operand, VectorNest
from celosia.compiler.work import Region, WorkItem
from celosia.rtl.command import Engine, Rounding
from celosia.rtl.config import AcceleratorConfig

MOST_PIECES = 64

NEUTRAL_VECTOR_FIELDS: Mapping[str, int | Enum] = {
    "rounding": Rounding.DOUBLE,
    "per_channel": 0,
    "per_pixel": 0,
    "load_table": 0,
    "from_depthwise": 0,
    "parameter_base": 0,
    "window_rows": 1,
    "window_cols": 1,
    "window_row_step": 0,
    "window_col_step": 0,
    "b_address": 0,
    "b_row_step": 0,
    "b_col_step": 0,
    "a_zero": 0,
    "b_zero": 0,
    "scaled_operand": 0,
    "scale_multiplier": 0,
    "scale_shift": 0,
    "out_zero": 0,
}
"""Fields of a VECTOR command that a function may not need."""


def vector_items(
    layer: int, nest: VectorNest, addresses: Sequence[int], config: AcceleratorConfig, grain: Grain
) -> Iterator[WorkItem]:
    """Commands of one nest, in pieces so that what follows can start early; none loads a table."""
    for piece in _pieces(nest, config, grain):
        yield _item(layer, piece, addresses, config)


def nest_cycles(nest: VectorNest, config: AcceleratorConfig) -> int:
    """Cycles that a nest's operands take to read, one read a cycle."""
    operands = 1 if nest.b is None else 2
    elements = nest.rows * nest.cols * -(-nest.channels // config.vector_lanes)
    return elements * operands * nest.window[0] * nest.window[1]


def _item(layer: int, nest: VectorNest, addresses: Sequence[int], config: AcceleratorConfig) -> WorkItem:
    window_rows, window_cols, window_row_step, window_col_step = nest.window
    fields = {
        **NEUTRAL_VECTOR_FIELDS,
        "function": nest.function,
        "window_rows": window_rows,
        "window_cols": window_cols,
        "window_row_step": window_row_step,
        "window_col_step": window_col_step,
        "block_rows": nest.rows,
        "block_cols": nest.cols,
        "channels": nest.channels,
        **_operand_fields("a", nest.a, addresses),
        **({} if nest.b is None else _operand_fields("b", nest.b, addresses)),
        **_operand_fields("out", nest.out, addresses),
        **nest.constants,
    }
    reads = [_region(nest, nest.a, addresses, nest.window)]
    if nest.b is not None:
        reads.append(_region(nest, nest.b, addresses))
    return WorkItem(
        engine=Engine.VECTOR,
        fields=fields,
        layer=layer,
        cycles=nest_cycles(nest, config),
        reads=tuple(reads),
        writes=(_region(nest, nest.out, addresses),),
    )


def _operand_fields(name: str, operand: Operand, addresses: Sequence[int]) -> Mapping[str, int]:
    return {
        f"{name}_address": addresses[operand.buffer] + operand.offset,
        f"{name}_row_step": operand.row_step,
        f"{name}_col_step": operand.col_step,
    }


def _region(
    nest: VectorNest,
    operand: Operand,
    addresses: Sequence[int],
    window: tuple[int, int, int, int] = (1, 1, 0, 0),
) -> Region:
    return Region(
        addresses[operand.buffer] + operand.offset,
        (nest.rows, nest.cols, *window[:2], nest.channels),
        (operand.row_step, operand.col_step, *window[2:], 1),
    )


def _pieces(nest: VectorNest, config: AcceleratorConfig, grain: Grain) -> Iterator[VectorNest]:
    """Cut the outermost loop of several turns into pieces of a worthwhile size."""
    count = min(MOST_PIECES, max(1, nest_cycles(nest, config) // grain.piece_cycles))
    if nest.rows > 1:
        for first, size in _cut(nest.rows, count, 1):
            yield replace(_moved(nest, rows=first), rows=size)
    elif nest.cols > 1:
        for first, size in _cut(nest.cols, count, 1):
            yield replace(_moved(nest, cols=first), cols=size)
    else:
        for first, size in _cut(nest.channels, count, config.vector_lanes):
            yield replace(_moved(nest, channels=first), channels=size)


def _cut(total: int, pieces: int, unit: int) -> Iterator[tuple[int, int]]:
    """Pieces of nearly equal size that begin at multiples of ``unit``."""
    units = -(-total // unit)
    pieces = min(pieces, units)
    for piece in range(pieces):
        first, end = units * piece // pieces * unit, min(units * (piece + 1) // pieces * unit, total)
        yield first, end - first


def _moved(nest: VectorNest, *, rows: int = 0, cols: int = 0, channels: int = 0) -> VectorNest:
    def move(operand: Operand) -> Operand:
        by = rows * operand.row_step + cols * operand.col_step + channels
        return replace(operand, offset=operand.offset + by)

    return replace(nest, a=move(nest.a), out=move(nest.out), b=None if nest.b is None else move(nest.b))
