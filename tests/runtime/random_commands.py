"""Random commands within a machine's memories, for comparing implementations of it."""

from typing import Any

import numpy as np

from celosia.rtl.command import Function, Opcode, Rounding
from celosia.rtl.config import AcceleratorConfig

LARGEST_MULTIPLIER = (1 << 31) - 1
#: Memories that are soon full, for machines that run random commands.
SMALL_MEMORIES = {
    "scratchpad_bytes": 2048,
    "weight_bytes": 4096,
    "parameter_words": 96,
    "accumulator_depth": 64,
    "program_bytes": 8192,
    "depthwise_accumulator_depth": 36,
    "depthwise_line": 15,
}


def random_parameters(rng: np.random.Generator, count: int) -> list[tuple[int, int, int]]:
    """Parameter entries, extremes and empty ones among them."""
    entries = []
    for _ in range(count):
        kind = int(rng.integers(6))
        bias = int(rng.choice([0, -(1 << 31), (1 << 31) - 1, int(rng.integers(-(1 << 31), 1 << 31))]))
        if kind == 0:
            entries.append((bias, 0, 0))
        elif kind == 1:
            entries.append(
                (bias, int(rng.choice([0, 1, 1 << 30, LARGEST_MULTIPLIER])), int(rng.integers(1, 63)))
            )
        else:
            bias = int(rng.integers(-1000, 1000))
            entries.append((bias, int(rng.integers(1 << 30, 1 << 31)), int(rng.integers(24, 46))))
    return entries


def random_matrix(rng: np.random.Generator, config: AcceleratorConfig) -> dict[str, Any]:
    """Fields of a convolution-like ``MatrixCommand`` with padding on every side."""
    height, width, channels = (int(rng.integers(1, 7)) for _ in range(3))
    pixel = channels + int(rng.integers(3))  # pixels may lie further apart than their channels
    base = int(rng.integers(0, config.scratchpad_bytes - height * width * pixel - 64))
    kernel_rows, kernel_cols = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    run_tiles = int(rng.integers(1, 4))
    stride, dilation = int(rng.integers(1, 3)), int(rng.integers(1, 3))
    block_rows, block_cols = int(rng.integers(1, 5)), int(rng.integers(1, 5))
    top, left = int(rng.integers(-3, 3)), int(rng.integers(-3, 3))
    tiles = kernel_rows * kernel_cols * run_tiles
    return {
        "weight_base": int(rng.integers(0, config.weight_words - tiles * config.tile_words + 1)),
        "tile_count": tiles,
        "start_address": base + top * width * pixel + left * pixel,
        "start_y": top,
        "start_x": left * pixel,
        "height": height,
        "row_bytes": width * pixel,
        "y_stride": stride,
        "ky_stride": dilation,
        "y_step": stride * width * pixel,
        "ky_step": dilation * width * pixel,
        "x_step": stride * pixel,
        "kx_step": dilation * pixel,
        "kernel_rows": kernel_rows,
        "kernel_cols": kernel_cols,
        "run_tiles": run_tiles,
        "block_rows": block_rows,
        "block_cols": block_cols,
        "accumulator_base": int(rng.integers(0, config.accumulator_depth - block_rows * block_cols + 1)),
        "accumulate": int(rng.integers(2)),
        "pad_value": int(rng.integers(-128, 128)),
    }


def random_depthwise(rng: np.random.Generator, config: AcceleratorConfig) -> dict[str, Any]:
    """Fields of a ``DepthwiseCommand`` with padding on every side; for weights from :func:`with_selections`."""
    height, width, channels = int(rng.integers(1, 9)), int(rng.integers(1, 9)), int(rng.integers(1, 12))
    base = int(rng.integers(0, config.scratchpad_bytes - height * width * channels - config.cols))
    top, left = int(rng.integers(-3, 3)), int(rng.integers(-3, 3))
    block_rows, block_cols = int(rng.integers(1, 6)), int(rng.integers(1, 6))
    window_rows = config.depthwise_taps // 3
    y_stride = 1 if window_rows == 1 else int(rng.integers(1, 4))
    x_stride = int(rng.integers(1, 4))
    depth, words = config.depthwise_accumulator_depth, config.depthwise_weight_words
    return {
        "weight_base": words * int(rng.integers(0, config.weight_words // words)),
        "start_address": base + (top * width + left) * channels,
        "start_y": top,
        "start_x": left,
        "height": height,
        "width": width,
        "row_step": width * channels,
        "col_step": channels,
        "stream_rows": (block_rows - 1) * y_stride + window_rows,
        "stream_cols": (block_cols - 1) * x_stride + 3,
        "y_stride": y_stride,
        "x_stride": x_stride,
        "accumulator_base": int(rng.integers(0, depth - block_rows * block_cols + 1)),
        "accumulate": int(rng.integers(2)),
        "pad_value": int(rng.integers(-128, 128)),
    }


def with_selections(rng: np.random.Generator, config: AcceleratorConfig, weights: bytes) -> bytes:
    """Dense weight words in which every block of ``depthwise_weight_words`` ends in a valid selection of channels."""
    size = config.depthwise_weight_words * config.weight_word_bytes
    content = np.frombuffer(weights, np.uint8).copy()
    blocks = content[: len(content) // size * size].reshape(-1, size)
    start = config.depthwise_taps * config.cols
    steps = rng.integers(0, 2, (len(blocks), config.cols)) * rng.integers(0, 2, (len(blocks), 1))
    steps[rng.random(len(blocks)) < 0.3] = 1
    steps[:, 0] = 0
    blocks[:, start : start + config.cols] = np.cumsum(steps, axis=1)
    return content.tobytes()


def random_vector(rng: np.random.Generator, config: AcceleratorConfig, function: Function) -> dict[str, Any]:
    """Fields of a ``VectorCommand``; its output lies in the scratchpad's upper half, its inputs below."""
    half = config.scratchpad_bytes // 2
    window = function in (Function.SUM, Function.MAXIMUM)
    window_rows, window_cols = (int(rng.integers(1, 4)) if window else 1 for _ in range(2))
    channels = int(rng.integers(1, config.cols + 1 if function is Function.REQUANTIZE else 12))
    block_rows, block_cols = int(rng.integers(1, 4)), int(rng.integers(1, 4))

    def steps(pixel: int) -> tuple[int, int]:
        return int(rng.integers(pixel, 2 * pixel)) * 4, pixel + int(rng.integers(0, 3))

    def base(limit: int) -> int:
        return int(rng.integers(0, limit))

    from_depthwise = config.depthwise_taps > 0 and rng.random() < 0.5
    a_row, a_col = steps(channels)
    a_address = base(half - 500)
    if function is Function.REQUANTIZE:
        a_row, a_col = block_cols + int(rng.integers(2)), 1
        depth = config.depthwise_accumulator_depth if from_depthwise else config.accumulator_depth
        a_address = base(depth - block_rows * (block_cols + 1))
    b_row, b_col = steps(channels) if rng.random() < 0.6 else (0, 0)
    out_row, out_col = steps(channels)
    words = block_rows * block_cols * -(-channels // config.vector_lanes)
    low, high = sorted(int(value) for value in rng.integers(-128, 128, 2))
    if rng.random() < 0.5:
        low, high = -128, 127
    return {
        "function": function,
        "rounding": Rounding(int(rng.integers(2))),
        "per_channel": int(rng.integers(2)),
        "per_pixel": int(rng.integers(2) and 8 + words <= config.parameter_words),
        "load_table": 1,
        "from_depthwise": int(from_depthwise),
        "parameter_base": base(8),
        "a_address": a_address,
        "a_row_step": a_row,
        "a_col_step": a_col,
        "window_rows": window_rows,
        "window_cols": window_cols,
        "window_row_step": int(rng.integers(1, 40)),
        "window_col_step": int(rng.integers(1, 20)),
        "b_address": base(half - 500),
        "b_row_step": b_row,
        "b_col_step": b_col,
        "out_address": half + base(half - 400),
        "out_row_step": out_row,
        "out_col_step": out_col,
        "block_rows": block_rows,
        "block_cols": block_cols,
        "channels": channels,
        "a_zero": int(rng.integers(-128, 128)),
        "b_zero": int(rng.integers(-128, 128)),
        "scaled_operand": int(rng.integers(2)),
        "scale_multiplier": int(rng.integers(1 << 30, 1 << 31)),
        "scale_shift": int(rng.integers(0, 9)),
        "out_zero": int(rng.integers(-128, 128)),
        "clamp_low": low,
        "clamp_high": high,
    }


def opcode_of(fields: dict[str, Any]) -> Opcode:
    """Which engine's fields these are."""
    if "function" in fields:
        return Opcode.VECTOR
    return Opcode.DEPTHWISE if "stream_rows" in fields else Opcode.MATRIX
