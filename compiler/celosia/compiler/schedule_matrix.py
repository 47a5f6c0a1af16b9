"""Cuts a convolution into blocks of output pixels: a MATRIX and a VECTOR command for each block and chunk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from celosia.compiler.grain import DEFAULT_GRAIN, Grain
from celosia.compiler.layers import Chunk, Convolution, Geometry, Operand
from celosia.compiler.pieces import even_pieces
from celosia.compiler.schedule_gather import gather_items
from celosia.compiler.schedule_requantize import lane_groups, pixel_requantisations, requantisations
from celosia.compiler.split_reduction import split_reduction
from celosia.compiler.work import Region, Turn, WorkItem
from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig

SMALLEST_BLOCK = 12  # pixels
TILE_LOADS = 3  # tiles that could be loaded in the time of a tile's pixels


@dataclass(frozen=True)
class Block:
    """Output pixels of one image that a command computes."""

    image: int
    first_row: int
    rows: int
    first_col: int
    cols: int

    @property
    def pixels(self) -> int:
        """Size of the block: accumulator entries."""
        return self.rows * self.cols


@dataclass(frozen=True)
class View:
    """A block as MATRIX walks it, in a convolution on what lies at address ``source``."""

    geometry: Geometry
    block: Block
    source: int


def choose_blocks(
    config: AcceleratorConfig, geometry: Geometry, chunks: Sequence[Chunk], grain: Grain = DEFAULT_GRAIN
) -> tuple[Block, ...]:
    """Cut the output into blocks of whole rows, or pieces of a row where not even one fits.

    A block fits into one half of the accumulators. Within that, two costs oppose each other: the layers that follow
    wait for their rows, which favours many blocks; and each tile's weights take ``tile_words`` cycles to load, each
    turn some cycles to start and end, which favours blocks of many pixels.
    """
    pixels = geometry.out_height * geometry.out_width
    cycles = sum(max(_tiles(chunk, geometry), lane_groups(chunk, config)) for chunk in chunks)
    worthwhile = max(SMALLEST_BLOCK, TILE_LOADS * config.tile_words, -(-grain.block_cycles // cycles))
    largest = min(config.accumulator_depth // 2, max(worthwhile, -(-pixels // grain.blocks)))
    cols = geometry.out_width
    if cols > config.accumulator_depth // 2 or geometry.out_height == 1:
        cols = min(cols, largest)
    rows = max(1, largest // cols)
    return tuple(
        Block(image, first_row, row_count, first_col, col_count)
        for image in range(geometry.images)
        for first_row, row_count in even_pieces(geometry.out_height, rows)
        for first_col, col_count in even_pieces(geometry.out_width, cols)
    )


def matrix_turns(
    layer: int,
    work: Convolution,
    addresses: Sequence[int],
    config: AcceleratorConfig,
    grain: Grain,
    late_input: int | None = None,
) -> Iterator[Turn]:
    """Sums of some chunks of a block and their requantisations, turn by turn.

    All chunks of a block come before the next block, so that whole pixels are finished early. What a block needs
    copied is copied before its sums. If the channels from ``late_input`` on are known late, the sums of the
    first turn are those of the earlier channels, then those of the others.
    """
    if work.gather is not None:
        grain = DEFAULT_GRAIN  # there is room for blocks of that size
    for number, block in enumerate(choose_blocks(config, work.geometry, work.chunks, grain)):
        rows = range(block.first_row, block.first_row + block.rows)
        cols = range(block.first_col, block.first_col + block.cols)
        view = _view(work, block, number, addresses[work.source])
        if work.gather is not None:
            target = Operand(work.source, number % work.gather.slots * work.gather.slot_bytes)
            for item in gather_items(
                layer, work.gather, target, block.image, rows, cols, addresses, config, grain
            ):
                yield Turn((), (item,))
        for chunks in _turns(config, view.geometry, block.pixels, work.chunks, grain):
            bases = range(0, len(chunks) * block.pixels, block.pixels)
            pairs = list(zip(chunks, bases, strict=True))
            parts = split_reduction(chunks, late_input, config)
            late_input = None
            sums = [
                _sum(layer, work, view, chunk, config, base, accumulate=place > 0)
                for place, part in enumerate(parts)
                for chunk, base in zip(part, bases, strict=True)
            ]
            output = addresses[work.output]
            outputs: list[WorkItem] = []
            if block.pixels == 1:
                outputs += pixel_requantisations(
                    layer, work, block.image, rows, cols, chunks, output, config, Engine.MATRIX
                )
            else:
                for chunk, base in pairs:
                    outputs += requantisations(
                        layer,
                        work,
                        block.image,
                        rows,
                        cols,
                        chunk,
                        output,
                        config,
                        base,
                        Engine.MATRIX,
                        grain.piece_cycles,
                        by_columns=work.is_transposed,
                    )
            yield Turn(tuple(sums), tuple(outputs))


def _view(work: Convolution, block: Block, number: int, source: int) -> View:
    g = work.geometry
    if work.gather is not None:
        flat = replace(g, images=1, height=1, width=block.pixels, out_height=1, out_width=block.pixels)
        slot = number % work.gather.slots * work.gather.slot_bytes
        return View(flat, Block(0, 0, 1, 0, block.pixels), source + slot)
    if work.is_transposed:
        turned = Block(block.image, block.first_col, block.cols, block.first_row, block.rows)
        return View(g.transposed, turned, source)
    return View(g, block, source)


def late_channel(config: AcceleratorConfig, work: Convolution, grain: Grain) -> int | None:
    """First channel of the last turn of a layer of one output pixel, if that has several turns."""
    turns = list(_turns(config, work.walked, 1, work.chunks, grain))
    return turns[-1][0].first_output if len(turns) > 1 else None


def _turns(
    config: AcceleratorConfig, geometry: Geometry, pixels: int, chunks: Sequence[Chunk], grain: Grain
) -> Iterator[list[Chunk]]:
    """Cut a block's chunks into turns that fit into a half and last long enough.

    MATRIX fills a half again only when VECTOR has emptied it, some cycles after the sums themselves are
    done. A turn that is shorter than that delay, as the few pixels of a fully-connected layer make it, would
    let MATRIX wait each time.
    """
    most = config.accumulator_depth // 2 // pixels
    turn: list[Chunk] = []
    cycles = 0
    for chunk in chunks:
        turn.append(chunk)
        cycles += _cycles(config, geometry, pixels, chunk)
        if cycles >= grain.turn_cycles or len(turn) == most:
            yield turn
            turn, cycles = [], 0
    if turn:
        yield turn


def _tiles(chunk: Chunk, geometry: Geometry) -> int:
    return geometry.kernel[0] * chunk.kernel_cols * chunk.run_tiles


def _cycles(config: AcceleratorConfig, geometry: Geometry, pixels: int, chunk: Chunk) -> int:
    return _tiles(chunk, geometry) * max(pixels, config.tile_words)


def _sum(
    layer: int,
    work: Convolution,
    view: View,
    chunk: Chunk,
    config: AcceleratorConfig,
    base: int,
    *,
    accumulate: bool,
) -> WorkItem:
    g, block = view.geometry, view.block
    row_bytes = g.width * g.channels
    start_y = block.first_row * g.stride[0] - g.padding[0]
    start_x = (block.first_col * g.stride[1] - g.padding[1]) * g.channels + chunk.first_input
    image = view.source + block.image * g.height * row_bytes
    fields = {
        "weight_base": chunk.weight_base,
        "tile_count": _tiles(chunk, g),
        "start_address": image + start_y * row_bytes + start_x,
        "start_y": start_y,
        "start_x": start_x,
        "height": g.height,
        "row_bytes": row_bytes,
        "y_stride": g.stride[0],
        "ky_stride": g.dilation[0],
        "y_step": g.stride[0] * row_bytes,
        "ky_step": g.dilation[0] * row_bytes,
        "x_step": g.stride[1] * g.channels,
        "kx_step": g.dilation[1] * g.channels,
        "kernel_rows": g.kernel[0],
        "kernel_cols": chunk.kernel_cols,
        "run_tiles": chunk.run_tiles,
        "block_rows": block.rows,
        "block_cols": block.cols,
        "accumulator_base": base,
        "accumulate": int(accumulate),
        "pad_value": work.pad_value,
    }
    return WorkItem(
        engine=Engine.MATRIX,
        fields=fields,
        layer=layer,
        cycles=_cycles(config, g, block.pixels, chunk),
        reads=_input_region(g, block, chunk, image, chunk.run_tiles * config.rows),
        summed_by=Engine.MATRIX,
    )


def _input_region(g: Geometry, block: Block, chunk: Chunk, image: int, run: int) -> tuple[Region, ...]:
    """Bytes that the lanes of a block touch inside the image, whether or not their weights are zero.

    Rows are all those from the first to the last one touched. Within a row, if each run stays within its
    pixel's channels, the same channels of all pixels from the first to the last; otherwise all bytes.
    """
    first_row = block.first_row * g.stride[0] - g.padding[0]
    last_row = first_row + (block.rows - 1) * g.stride[0] + (g.kernel[0] - 1) * g.dilation[0]
    first_col = block.first_col * g.stride[1] - g.padding[1]
    last_col = first_col + (block.cols - 1) * g.stride[1] + (chunk.kernel_cols - 1) * g.dilation[1]
    end = last_col * g.channels + chunk.first_input + run
    first_row, last_row = max(first_row, 0), min(last_row, g.height - 1)
    if chunk.first_input + run <= g.channels:
        first_col, last_col = max(first_col, 0), min(last_col, g.width - 1)
        start, cols, length = first_col * g.channels + chunk.first_input, last_col - first_col + 1, run
    else:
        start = max(first_col * g.channels + chunk.first_input, 0)
        cols, length = 1, min(end, g.width * g.channels) - start
    if first_row > last_row or cols < 1 or length < 1:
        return ()
    pitch = g.width * g.channels
    return (
        Region(
            image + first_row * pitch + start,
            (last_row - first_row + 1, cols, length),
            (pitch, g.channels, 1),
        ),
    )
