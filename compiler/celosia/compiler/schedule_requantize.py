"""The VECTOR command that turns a block's sums into bytes, whichever engine summed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from celosia.compiler.layers import Geometry
from celosia.compiler.pieces import even_pieces
from celosia.compiler.schedule_vector import NEUTRAL_VECTOR_FIELDS
from celosia.compiler.work import Region, WorkItem
from celosia.rtl.command import Engine, Function, Rounding
from celosia.rtl.config import AcceleratorConfig


class Outputs(Protocol):
    """Output channels that share a command."""

    @property
    def first_output(self) -> int:
        """First of them."""

    @property
    def outputs(self) -> int:
        """Number of them."""

    @property
    def parameter_base(self) -> int:
        """Where their parameters begin."""


class Requantised(Protocol):
    """What a layer says about the bytes that its sums become."""

    @property
    def geometry(self) -> Geometry:
        """Shapes."""

    @property
    def out_zero(self) -> int:
        """Zero point."""

    @property
    def clamp(self) -> tuple[int, int]:
        """Lowest and highest byte."""


def requantisations(
    layer: int,
    work: Requantised,
    image: int,
    rows: range,
    cols: range,
    chunk: Outputs,
    output: int,
    config: AcceleratorConfig,
    base: int,
    summed_by: Engine,
    piece_cycles: int,
    *,
    by_columns: bool = False,
) -> Iterator[WorkItem]:
    """Requantise the sums of output pixels ``rows`` x ``cols``.

    They lie densely from entry ``base`` on, row by row or, with ``by_columns``, column by column. Done in pieces, so
    that the sums of one engine need not wait until all those of the other are requantised.
    """
    entry_steps = (1, len(rows)) if by_columns else (len(cols), 1)
    by_rows = len(rows) > 1
    cut, other = (rows, cols) if by_rows else (cols, rows)
    for first, size in even_pieces(
        len(cut), max(1, piece_cycles // (lane_groups(chunk, config) * len(other)))
    ):
        piece = cut[first : first + size]
        yield _piece(
            layer,
            work,
            image,
            piece if by_rows else rows,
            cols if by_rows else piece,
            chunk,
            output,
            config,
            base + first * entry_steps[0 if by_rows else 1],
            entry_steps,
            summed_by,
        )


def pixel_requantisations(
    layer: int,
    work: Requantised,
    image: int,
    rows: range,
    cols: range,
    chunks: Sequence[Outputs],
    output: int,
    config: AcceleratorConfig,
    summed_by: Engine,
) -> Iterator[WorkItem]:
    """Requantise the sums of one output pixel, those of chunk i in entry i.

    Chunks whose outputs and parameters lie side by side share a command, in which they are pixels of a row: a
    fully-connected layer has a command for every few tiles, and would wait for them to be fetched otherwise.
    """
    place = 0
    while place < len(chunks):
        first = chunks[place]
        count = 1
        while place + count < len(chunks) and _continues(first, chunks[place + count], count, config):
            count += 1
        one = _piece(layer, work, image, rows, cols, first, output, config, place, (1, 1), summed_by)
        fields = {
            **one.fields,
            "per_pixel": 1,
            "block_cols": count,
            "out_col_step": first.outputs,
        }
        written = Region(one.number("out_address"), (count, first.outputs), (first.outputs, 1))
        yield replace(one, fields=fields, cycles=count * one.cycles, writes=(written,))
        place += count


def _continues(first: Outputs, chunk: Outputs, distance: int, config: AcceleratorConfig) -> bool:
    """Whether ``chunk`` lies ``distance`` chunks behind the first one in all that a command steps through."""
    return (
        chunk.outputs == first.outputs
        and chunk.first_output == first.first_output + distance * first.outputs
        and chunk.parameter_base == first.parameter_base + distance * lane_groups(first, config)
    )


def lane_groups(chunk: Outputs, config: AcceleratorConfig) -> int:
    """Cycles that a pixel's outputs take to requantise."""
    return -(-chunk.outputs // config.vector_lanes)


def _piece(
    layer: int,
    work: Requantised,
    image: int,
    rows: range,
    cols: range,
    chunk: Outputs,
    output: int,
    config: AcceleratorConfig,
    base: int,
    entry_steps: tuple[int, int],
    summed_by: Engine,
) -> WorkItem:
    g = work.geometry
    pitch = g.out_width * g.out_channels
    row_step, col_step = rows.step * pitch, cols.step * g.out_channels
    out_address = (
        output
        + (image * g.out_height + rows.start) * pitch
        + cols.start * g.out_channels
        + chunk.first_output
    )
    fields = {
        **NEUTRAL_VECTOR_FIELDS,
        "function": Function.REQUANTIZE,
        "rounding": Rounding.DOUBLE,
        "per_channel": 1,
        "from_depthwise": int(summed_by is Engine.DEPTHWISE),
        "parameter_base": chunk.parameter_base,
        "a_address": base,
        "a_row_step": entry_steps[0],
        "a_col_step": entry_steps[1],
        "out_address": out_address,
        "out_row_step": row_step,
        "out_col_step": col_step,
        "block_rows": len(rows),
        "block_cols": len(cols),
        "channels": chunk.outputs,
        "out_zero": work.out_zero,
        "clamp_low": work.clamp[0],
        "clamp_high": work.clamp[1],
    }
    written = Region(out_address, (len(rows), len(cols), chunk.outputs), (row_step, col_step, 1))
    return WorkItem(
        engine=Engine.VECTOR,
        fields=fields,
        layer=layer,
        cycles=len(rows) * len(cols) * lane_groups(chunk, config),
        writes=(written,),
        summed_by=summed_by,
    )
