"""The DEPTHWISE engine of the functional model: all pixels of a block at once, tap by tap."""

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

WINDOW_COLS = 3


def run_depthwise(config: AcceleratorConfig, memory: ModelMemory, fields: dict[str, Any]) -> Footprint:
    """Execute a ``DepthwiseCommand``; ``docs/machine.md`` and the record's docstring define the result.

    Raises :class:`DeviceError` for an access beyond a memory by a pixel that is not padding, for
    inconsistent counts, for a row longer than the line buffers, and for channel selections that the
    engine cannot follow.
    """
    checked_counts(fields, "y_stride", "x_stride")
    window_rows = config.depthwise_rows
    block_rows = _outputs(fields, "stream_rows", "y_stride", window_rows)
    block_cols = _outputs(fields, "stream_cols", "x_stride", WINDOW_COLS)
    if window_rows > 1 and fields["stream_cols"] > config.depthwise_line:
        raise DeviceError(
            f"stream_cols must be at most depthwise_line ({config.depthwise_line}), not {fields['stream_cols']}"
        )
    pixels = block_rows * block_cols
    entry = fields["accumulator_base"]
    checked_range(entry, pixels, config.depthwise_accumulator_depth, "DEPTHWISE accumulates in entries")
    weights, select = _weights(config, memory, fields["weight_base"])

    stream, touched = _stream(config, memory, fields, select)
    sums = np.zeros((block_rows, block_cols, config.cols), np.int64)
    for ky in range(window_rows):
        rows = slice(ky, stream.shape[0] - window_rows + ky + 1, fields["y_stride"])
        for kx in range(WINDOW_COLS):
            cols = slice(kx, stream.shape[1] - WINDOW_COLS + kx + 1, fields["x_stride"])
            sums += stream[rows, cols] * weights[ky * WINDOW_COLS + kx]
    block = slice(entry, entry + pixels)
    total = sums.reshape(pixels, config.cols)
    if fields["accumulate"]:
        total += memory.depthwise_accumulators[block]
    memory.depthwise_accumulators[block] = wrapped_sums(config, total)
    halves = accumulator_halves(config.depthwise_accumulator_depth, entry, entry + pixels - 1)
    return Footprint(reads=touched, halves=halves, summed_by=Engine.DEPTHWISE)


def _outputs(fields: dict[str, Any], streamed: str, stride: str, window: int) -> int:
    """Outputs along one axis: windows that lie a stride apart and end with the stream."""
    steps, rest = divmod(fields[streamed] - window, fields[stride])
    if steps < 0 or rest:
        raise DeviceError(
            f"{streamed} must be {window} and a multiple of {stride} ({fields[stride]}), not {fields[streamed]}"
        )
    return int(steps) + 1


def _weights(
    config: AcceleratorConfig, memory: ModelMemory, base: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Weights (tap, lane), and for each lane the byte that it multiplies."""
    words = config.depthwise_weight_words
    checked_range(base, words, config.weight_words, "DEPTHWISE loads weight words")
    rows = memory.weights[base : base + words].reshape(-1, config.cols)
    select = rows[config.depthwise_taps].view(np.uint8).astype(np.int64)
    steps = np.diff(select)
    if select[0] or ((steps != 0) & (steps != 1)).any():
        raise DeviceError(
            f"the channel of each lane must be that of the lane before or the next, from 0 on, not {select.tolist()}"
        )
    return rows[: config.depthwise_taps].astype(np.int64), select


def _stream(
    config: AcceleratorConfig, memory: ModelMemory, fields: dict[str, Any], select: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What streams through the window: bytes (row, column, lane); and the addresses that were read."""
    r = np.arange(fields["stream_rows"], dtype=np.int64)[:, None]
    c = np.arange(fields["stream_cols"], dtype=np.int64)[None, :]
    row, column = fields["start_y"] + r, fields["start_x"] + c
    inside = (row >= 0) & (row < fields["height"]) & (column >= 0) & (column < fields["width"])
    first = fields["start_address"] + r * fields["row_step"] + c * fields["col_step"]
    touched = checked_addresses(first[inside][:, None] + select, config.scratchpad_bytes, "DEPTHWISE reads")
    stream = np.full((*inside.shape, config.cols), fields["pad_value"], np.int64)
    stream[inside] = memory.scratchpad[touched]
    return stream, touched.reshape(-1)
