"""Cost of a DEPTHWISE command: a slot is a pixel that streams through the window."""

import numpy as np

from celosia.compiler.cost.banks import banks_read
from celosia.compiler.cost.work import BankMasks, CommandWork, Fields
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.engine.depthwise_lane import lane_latency
from celosia.rtl.memory.accumulators import update_latency
from celosia.rtl.memory.scratchpad import read_latency

#: Cycles from the issue of a command's last weights until its first pixel can issue.
SETTLE = 2
#: Cycles from the scratchpad to a pixel's lane: selection.
SELECTION_PIPELINE = 1


def depthwise_work(fields: Fields, config: AcceleratorConfig) -> CommandWork:
    """What a DEPTHWISE command takes."""
    registered = bool(config.memory_registers)
    return CommandWork(
        pass_slots=fields["stream_rows"] * fields["stream_cols"],
        passes=1,
        load=config.depthwise_weight_words + SETTLE,
        retire=read_latency(registered=registered)
        + SELECTION_PIPELINE
        + lane_latency(config.depthwise_taps)
        + update_latency(pe_columns=1, registered=registered),
        reads=lambda: depthwise_banks(fields, config),
        weight_reads=config.depthwise_weight_words,
    )


def depthwise_banks(fields: Fields, config: AcceleratorConfig) -> BankMasks:
    """Banks that each pixel needs; padding needs none."""
    rows, cols = fields["stream_rows"], fields["stream_cols"]
    masks = banks_read(
        config, config.cols, fields["start_address"], (rows, fields["row_step"]), (cols, fields["col_step"])
    ).reshape(rows, cols)
    inside = (
        _within(rows, fields["start_y"], fields["height"]),
        _within(cols, fields["start_x"], fields["width"]),
    )
    needed = np.zeros_like(masks)
    needed[inside] = masks[inside]
    return needed.ravel()


def _within(count: int, start: int, size: int) -> slice:
    """Which of ``count`` coordinates, from ``start`` on, are in 0..size - 1."""
    return slice(min(max(0, -start), count), max(0, min(count, size - start)))
