"""The MATRIX engine of the functional model: all pixels and tiles of a kernel row at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.device import DeviceError
from celosia.runtime.model_footprint import (
    Footprint,
    accumulator_halves,
    checked_addresses,
    checked_counts,
    checked_range,
    wrapped_sums,
)
from celosia.runtime.model_memory import ModelMemory

EXACT_TERMS = 1 << 24 - 14
"""Products of two bytes (at most 2^14) that a float32 sums without rounding."""


def run_matrix(config: AcceleratorConfig, memory: ModelMemory, fields: dict[str, Any]) -> Footprint:
    """Execute a ``MatrixCommand``; ``docs/machine.md`` and the record's docstring define the result.

    Raises :class:`DeviceError` for an access beyond a memory by a lane that is not padding, and for
    inconsistent counts.
    """
    checked_counts(fields, "kernel_rows", "kernel_cols", "run_tiles", "block_rows", "block_cols")
    kernel_cols, run_tiles = fields["kernel_cols"], fields["run_tiles"]
    tiles = fields["kernel_rows"] * kernel_cols * run_tiles
    if fields["tile_count"] != tiles:
        raise DeviceError(
            f"tile_count must be kernel_rows * kernel_cols * run_tiles ({tiles}), not {fields['tile_count']}"
        )
    pixels = fields["block_rows"] * fields["block_cols"]
    entry = fields["accumulator_base"]
    checked_range(entry, pixels, config.accumulator_depth, "MATRIX accumulates in entries")
    checked_range(
        fields["weight_base"], tiles * config.tile_words, config.weight_words, "MATRIX loads weight words"
    )
    words = memory.weights[fields["weight_base"] :][: tiles * config.tile_words]
    weights = words.reshape(fields["kernel_rows"], kernel_cols * run_tiles * config.rows, config.cols)

    y = np.arange(fields["block_rows"])[:, None, None, None, None]
    x = np.arange(fields["block_cols"])[None, :, None, None, None]
    kx = np.arange(kernel_cols)[None, None, :, None, None]
    tile = np.arange(run_tiles)[None, None, None, :, None]
    lane = np.arange(config.rows)
    offset = x * fields["x_step"] + kx * fields["kx_step"] + tile * config.rows + lane
    column = fields["start_x"] + offset
    column_valid = (column >= 0) & (column < fields["row_bytes"])

    sums = np.zeros((pixels, config.cols), np.int64)
    reads = []
    for ky in range(fields["kernel_rows"]):
        row = fields["start_y"] + y * fields["y_stride"] + ky * fields["ky_stride"]
        address = fields["start_address"] + y * fields["y_step"] + ky * fields["ky_step"] + offset
        valid = np.broadcast_to(column_valid & (row >= 0) & (row < fields["height"]), address.shape)
        touched = checked_addresses(address[valid], config.scratchpad_bytes, "MATRIX reads")
        vectors = np.full(address.shape, fields["pad_value"], np.int8)
        vectors[valid] = memory.scratchpad[touched]
        reads.append(touched)
        sums += _exact_product(vectors.reshape(pixels, -1), weights[ky])
    block = slice(entry, entry + pixels)
    if fields["accumulate"]:
        sums += memory.accumulators[block]
    memory.accumulators[block] = wrapped_sums(config, sums)
    halves = accumulator_halves(config.accumulator_depth, entry, entry + pixels - 1)
    return Footprint(reads=np.concatenate(reads), halves=halves, summed_by=Engine.MATRIX)


def _exact_product(vectors: NDArray[np.int8], weights: NDArray[np.int8]) -> NDArray[np.int64]:
    """Matrix product of bytes by way of floats, which are quick: sums below 2^24 are exact in them."""
    total = np.zeros((len(vectors), weights.shape[1]), np.int64)
    for first in range(0, len(weights), EXACT_TERMS):
        chunk = slice(first, first + EXACT_TERMS)
        total += (vectors[:, chunk].astype(np.float32) @ weights[chunk].astype(np.float32)).astype(np.int64)
    return total
