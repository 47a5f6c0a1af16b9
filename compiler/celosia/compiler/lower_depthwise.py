"""Lowers convolutions whose outputs see one input channel each to DEPTHWISE work and a requantisation."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.depthwise_walk import WINDOW_COLS, DepthwisePlan
from celosia.compiler.graph import Operator
from celosia.compiler.layers import Geometry, LaneChunk, TapConvolution
from celosia.compiler.lower_context import LowerContext
from celosia.compiler.quantized import ConvConstants
from celosia.rtl.config import AcceleratorConfig

Weights = NDArray[np.int8]


def lower_depthwise(
    context: LowerContext,
    operator: Operator,
    geometry: Geometry,
    plan: DepthwisePlan,
    weights: Weights,
    bias: NDArray[np.int64],
    constants: ConvConstants,
) -> TapConvolution:
    """A layer for the DEPTHWISE engine: ``weights`` (output, ky, kx, 1), ``bias`` with the input's zero point in it."""
    chunks = []
    multiplier = geometry.out_channels // geometry.channels
    for first, outputs in lane_chunks(context.config, geometry):
        own = slice(first, first + outputs)
        channels = np.arange(first, first + outputs) // multiplier
        chunks.append(
            LaneChunk(
                first_output=first,
                outputs=outputs,
                first_input=int(channels[0]),
                inputs=int(channels[-1] - channels[0]) + 1,
                weight_bases=tuple(
                    context.weights.append(block)
                    for block in _pass_weights(context.config, plan, weights[own, :, :, 0], channels)
                ),
                parameter_base=context.parameters.per_channel(
                    bias[own], constants.multiplier[own], constants.shift[own]
                ),
            )
        )
    return TapConvolution(
        geometry=geometry,
        rows=plan.rows,
        cols=plan.cols,
        block=plan.block,
        source=context.buffers[operator.inputs[0]],
        output=context.buffers[operator.outputs[0]],
        chunks=tuple(chunks),
        pad_value=constants.input_zero,
        out_zero=constants.output_zero,
        clamp=constants.clamp,
    )


def lane_chunks(config: AcceleratorConfig, geometry: Geometry) -> Iterator[tuple[int, int]]:
    """First output channel and size of each group that the lanes compute at once."""
    for first in range(0, geometry.out_channels, config.cols):
        yield first, min(config.cols, geometry.out_channels - first)


def _pass_weights(
    config: AcceleratorConfig, plan: DepthwisePlan, weights: Weights, channels: NDArray[np.int64]
) -> Iterator[NDArray[np.int8]]:
    """Weight words of each pass: a row for each tap of the window, then the channel that each lane multiplies.

    Lanes without an output multiply what the last one does by zero, so that they read nothing else.
    """
    rows = config.depthwise_weight_words * config.weight_rows_per_cycle
    for row_taps, col_taps in product(plan.rows.passes, plan.cols.passes):
        block = np.zeros((rows, config.cols), np.int8)
        for (ky_slot, ky), (kx_slot, kx) in product(enumerate(row_taps), enumerate(col_taps)):
            block[ky_slot * WINDOW_COLS + kx_slot, : len(weights)] = weights[:, ky, kx]
        select = block[config.depthwise_taps].view(np.uint8)
        select[: len(weights)] = channels - channels[0]
        select[len(weights) :] = channels[-1] - channels[0]
        yield block
