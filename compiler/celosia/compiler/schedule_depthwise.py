"""Cuts a depthwise convolution into blocks: DEPTHWISE commands for each chunk and pass, and a VECTOR command."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from celosia.compiler.depthwise_walk import COMMAND_CYCLES, WINDOW_COLS
from celosia.compiler.grain import Grain
from celosia.compiler.layers import AxisWalk, LaneChunk, TapConvolution
from celosia.compiler.pieces import even_pieces
from celosia.compiler.schedule_requantize import requantisations
from celosia.compiler.work import Region, Turn, WorkItem
from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig


@dataclass(frozen=True)
class PhaseBlock:
    """Output pixels of one image that a command computes: every so-many-th row and column."""

    image: int
    rows: range
    cols: range

    @property
    def pixels(self) -> int:
        """Size of the block: accumulator entries."""
        return len(self.rows) * len(self.cols)


@dataclass(frozen=True)
class Span:
    """One axis of a command: its first input pixel, where that lies in the grid, and how far the grid goes."""

    first: int
    start: int
    size: int
    streamed: int

    @property
    def valid(self) -> range:
        """Streamed pixels that lie inside the image."""
        return range(max(0, -self.start), min(self.streamed, self.size - self.start))


def depthwise_blocks(work: TapConvolution) -> Iterator[PhaseBlock]:
    """Blocks in the order in which whole rows of output are finished."""
    g = work.geometry
    for image in range(g.images):
        for (first_row, rows), (first_col, cols) in product(
            even_pieces(g.out_height, work.block[0]), tuple(even_pieces(g.out_width, work.block[1]))
        ):
            for row_phase, col_phase in product(range(work.rows.phases), range(work.cols.phases)):
                block = PhaseBlock(
                    image,
                    work.rows.outputs(row_phase, first_row, rows),
                    work.cols.outputs(col_phase, first_col, cols),
                )
                if block.pixels:
                    yield block


def depthwise_turns(
    layer: int, work: TapConvolution, addresses: Sequence[int], config: AcceleratorConfig, grain: Grain
) -> Iterator[Turn]:
    """Sums of some chunks of a block and their requantisations, as in ``schedule_matrix.py``.

    The passes of a chunk add up in the same accumulators.
    """
    for block in depthwise_blocks(work):
        for chunks in _turns(block, work, config, grain):
            sums: list[WorkItem] = []
            outputs: list[WorkItem] = []
            for place, chunk in enumerate(chunks):
                base = place * block.pixels
                sums += _sums(layer, work, block, chunk, addresses[work.source], config, base)
                outputs += requantisations(
                    layer,
                    work,
                    block.image,
                    block.rows,
                    block.cols,
                    chunk,
                    addresses[work.output],
                    config,
                    base,
                    Engine.DEPTHWISE,
                    grain.piece_cycles,
                )
            yield Turn(tuple(sums), tuple(outputs))


def _turns(
    block: PhaseBlock, work: TapConvolution, config: AcceleratorConfig, grain: Grain
) -> Iterator[list[LaneChunk]]:
    """Cut a block's chunks into turns that fit into a half and last long enough."""
    passes = product(work.rows.passes, work.cols.passes)
    cycles = sum(_streamed(work, block, row_taps, col_taps, config) for row_taps, col_taps in passes)
    entries = config.depthwise_accumulator_depth // 2
    size = max(1, min(entries // block.pixels, -(-grain.tap_turn_cycles // cycles)))
    for first in range(0, len(work.chunks), size):
        yield list(work.chunks[first : first + size])


def _spans(
    work: TapConvolution,
    block: PhaseBlock,
    row_taps: tuple[int, ...],
    col_taps: tuple[int, ...],
    config: AcceleratorConfig,
) -> tuple[Span, Span]:
    return (
        _span(work, 0, work.rows, block.rows, row_taps[0], config.depthwise_rows),
        _span(work, 1, work.cols, block.cols, col_taps[0], WINDOW_COLS),
    )


def _span(
    work: TapConvolution, axis: int, walk: AxisWalk, outputs: range, first_tap: int, window: int
) -> Span:
    g = work.geometry
    size = (g.height, g.width)[axis]
    first = outputs[0] * g.stride[axis] + first_tap * g.dilation[axis] - g.padding[axis]
    start, rest = divmod(first, walk.grid)
    return Span(
        first, start, max(0, -(-(size - rest) // walk.grid)), (len(outputs) - 1) * walk.stride + window
    )


def _streamed(
    work: TapConvolution,
    block: PhaseBlock,
    row_taps: tuple[int, ...],
    col_taps: tuple[int, ...],
    config: AcceleratorConfig,
) -> int:
    rows, cols = _spans(work, block, row_taps, col_taps, config)
    return rows.streamed * cols.streamed + COMMAND_CYCLES


def _sums(
    layer: int,
    work: TapConvolution,
    block: PhaseBlock,
    chunk: LaneChunk,
    source: int,
    config: AcceleratorConfig,
    base: int,
) -> Iterator[WorkItem]:
    """A command for each pass; the first overwrites the accumulators."""
    g = work.geometry
    pitch = g.width * g.channels
    image = source + block.image * g.height * pitch + chunk.first_input
    passes = product(work.rows.passes, work.cols.passes)
    for number, ((row_taps, col_taps), weight_base) in enumerate(
        zip(passes, chunk.weight_bases, strict=True)
    ):
        rows, cols = _spans(work, block, row_taps, col_taps, config)
        address = image + rows.first * pitch + cols.first * g.channels
        row_step, col_step = work.rows.grid * pitch, work.cols.grid * g.channels
        fields = {
            "weight_base": weight_base,
            "start_address": address,
            "start_y": rows.start,
            "start_x": cols.start,
            "height": rows.size,
            "width": cols.size,
            "row_step": row_step,
            "col_step": col_step,
            "stream_rows": rows.streamed,
            "stream_cols": cols.streamed,
            "y_stride": work.rows.stride,
            "x_stride": work.cols.stride,
            "accumulator_base": base,
            "accumulate": int(number > 0),
            "pad_value": work.pad_value,
        }
        reads: tuple[Region, ...] = ()
        if rows.valid and cols.valid:
            first = address + rows.valid[0] * row_step + cols.valid[0] * col_step
            shape = (len(rows.valid), len(cols.valid), chunk.inputs)
            reads = (Region(first, shape, (row_step, col_step, 1)),)
        yield WorkItem(
            engine=Engine.DEPTHWISE,
            fields=fields,
            layer=layer,
            cycles=rows.streamed * cols.streamed,
            reads=reads,
            summed_by=Engine.DEPTHWISE,
        )
