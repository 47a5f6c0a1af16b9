"""How a convolution's weights are cut into tiles: the choice that decides most of its cycles.

Dense, grouped and depthwise convolutions are one case: outputs come in groups that see a group of inputs. A
chunk of output channels needs the slice of inputs that its groups see; what lies off the groups' blocks
is zero. The slice of one kernel row can be read as one run of bytes that covers all kernel columns, or column
by column; runs waste the channels between the slices, loops waste rows of each last tile.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.layers import Chunk, Geometry
from celosia.rtl.config import AcceleratorConfig


@dataclass(frozen=True)
class Grouping:
    """Channels of each group, in and out; depthwise: 1 and the depth multiplier."""

    inputs: int
    outputs: int


def choose_chunks(config: AcceleratorConfig, geometry: Geometry, grouping: Grouping) -> tuple[Chunk, ...]:
    """Cut the output channels into chunks of one size (but the last) that need the fewest cycles.

    Every tile costs a cycle a pixel, so the fewest tiles win; ties go to the fewest cycles of requantisation,
    then to the fewest commands.
    """

    def cost(chunks: tuple[Chunk, ...]) -> tuple[int, int, int]:
        tiles = sum(chunk.kernel_cols * chunk.run_tiles for chunk in chunks)
        return tiles, sum(-(-chunk.outputs // config.vector_lanes) for chunk in chunks), len(chunks)

    largest = min(config.cols, geometry.out_channels)
    # Where all outputs see the same inputs, all chunks have as many tiles, so that the fewest chunks win.
    is_dense = grouping.outputs >= geometry.out_channels
    least = -(-geometry.out_channels // -(-geometry.out_channels // largest)) if is_dense else 1
    sizes = range(least, largest + 1)
    return min((_chunks(config, geometry, grouping, size) for size in sizes), key=cost)


def narrow_cells(
    config: AcceleratorConfig, geometry: Geometry, grouping: Grouping, chunks: Sequence[Chunk]
) -> int:
    """Cells of all tiles that hold no weight because the layer has too few channels, whatever the tiling.

    These are columns beyond a group's outputs where the group has fewer than the array has columns, rows beyond a
    run that is shorter than the array has rows, and weights between an output and channels of other groups. What
    else is empty lies in the last tiles of long runs and in last chunks.
    """
    kernel_rows, kernel_cols = geometry.kernel
    cells = 0
    for chunk in chunks:
        run = _slice(grouping, chunk.first_output, chunk.outputs)[1]
        if chunk.kernel_cols == 1:
            run += (kernel_cols - 1) * geometry.channels
        runs, rows = kernel_rows * chunk.kernel_cols, chunk.run_tiles * config.rows
        if grouping.outputs < config.cols:
            cells += runs * rows * (config.cols - chunk.outputs)
        if run < config.rows:
            cells += runs * (rows - run) * chunk.outputs
        cells += (runs * run - kernel_rows * kernel_cols * grouping.inputs) * chunk.outputs
    return cells


def chunk_tiles(
    config: AcceleratorConfig,
    geometry: Geometry,
    grouping: Grouping,
    chunk: Chunk,
    weights: NDArray[np.int8],
) -> NDArray[np.int8]:
    """Tiles of a chunk in loop order: (ky, kx, tile, row, column), zero where nothing is connected.

    ``weights`` are those of the whole layer: (output, ky, kx, input within its group).
    """
    kernel_rows, kernel_cols = geometry.kernel
    rows = np.zeros((kernel_rows, chunk.kernel_cols, chunk.run_tiles * config.rows, config.cols), np.int8)
    column = np.arange(chunk.outputs)[:, None, None]
    output = chunk.first_output + column
    kx = np.arange(kernel_cols)[:, None]
    channel = output // grouping.outputs * grouping.inputs - chunk.first_input + np.arange(grouping.inputs)
    own = weights[chunk.first_output : chunk.first_output + chunk.outputs]
    if chunk.kernel_cols == 1:
        rows[:, 0, kx * geometry.channels + channel, column] = own.transpose(1, 0, 2, 3)
    else:
        rows[:, kx, channel, column] = own.transpose(1, 0, 2, 3)
    return rows.reshape(kernel_rows, chunk.kernel_cols, chunk.run_tiles, config.rows, config.cols)


def _chunks(
    config: AcceleratorConfig, geometry: Geometry, grouping: Grouping, size: int
) -> tuple[Chunk, ...]:
    return tuple(
        _chunk(config, geometry, grouping, first, min(size, geometry.out_channels - first))
        for first in range(0, geometry.out_channels, size)
    )


def _chunk(
    config: AcceleratorConfig, geometry: Geometry, grouping: Grouping, first: int, outputs: int
) -> Chunk:
    first_input, inputs = _slice(grouping, first, outputs)
    kernel_cols, run_tiles = geometry.kernel[1], -(-inputs // config.rows)
    run = (kernel_cols - 1) * geometry.channels + inputs
    folded_tiles = -(-run // config.rows)
    is_contiguous = kernel_cols == 1 or geometry.dilation[1] == 1
    if is_contiguous and folded_tiles <= kernel_cols * run_tiles:
        kernel_cols, run_tiles = 1, folded_tiles
    return Chunk(first, outputs, first_input, kernel_cols, run_tiles)


def _slice(grouping: Grouping, first: int, outputs: int) -> tuple[int, int]:
    """First and number of the input channels that some outputs see."""
    first_group = first // grouping.outputs
    last_group = (first + outputs - 1) // grouping.outputs
    return first_group * grouping.inputs, (last_group - first_group + 1) * grouping.inputs
