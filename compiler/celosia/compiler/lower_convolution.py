"""Lowers ``CONV_2D``, ``DEPTHWISE_CONV_2D`` and ``FULLY_CONNECTED`` to sums and a requantisation."""

from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.depthwise_walk import DepthwisePlan, plan_depthwise
from celosia.compiler.graph import Graph, Operation, Operator
from celosia.compiler.layers import Chunk, Convolution, Geometry, Layer, Packing
from celosia.compiler.lower_context import LowerContext
from celosia.compiler.lower_depthwise import lower_depthwise
from celosia.compiler.packing import Grouping, choose_chunks, chunk_tiles, narrow_cells
from celosia.compiler.quantized import ConvConstants, constant, conv_constants
from celosia.rtl.config import AcceleratorConfig

Weights = NDArray[np.int8]

#: How much longer DEPTHWISE may take than MATRIX would, since it runs beside MATRIX.
TAPS_PREFERENCE = 1.25


def lower_convolution(context: LowerContext, operator: Operator) -> Layer:
    """Lower one operator with weights.

    The zero point of the input is folded into the bias, because padding reads as the zero point and so adds
    to every sum what a real pixel of value zero would:
    ``sum w * (x - zero) + bias = sum w * x + (bias - zero * sum w)``.
    """
    weights = output_major_weights(context.graph, operator)
    constants = conv_constants(context.graph, operator)
    geometry, grouping = _geometry(context.graph, operator)
    macs = geometry.images * geometry.out_height * geometry.out_width * weights.size
    bias = constants.bias - constants.input_zero * weights.sum(axis=(1, 2, 3), dtype=np.int64)
    plan = plan_depthwise(context.config, geometry) if grouping.inputs == 1 else None
    flat = _flattened(geometry, grouping, weights)
    chunks = choose_chunks(context.config, flat[0], flat[1])
    if plan is not None and _prefers_taps(context.config, geometry, plan, flat[0], chunks):
        work = lower_depthwise(context, operator, geometry, plan, weights, bias, constants)
        return Layer(operator, work, macs, Packing.TAPS)
    return Layer(
        operator,
        _matrix_work(context, operator, flat, chunks, bias, constants),
        macs=macs,
        packing=_packing(flat[0], chunks[0], operator),
        narrow_macs=macs // weights.size * narrow_cells(context.config, flat[0], flat[1], chunks),
    )


def _matrix_work(
    context: LowerContext,
    operator: Operator,
    convolution: tuple[Geometry, Grouping, Weights],
    chunks: tuple[Chunk, ...],
    bias: NDArray[np.int64],
    constants: ConvConstants,
) -> Convolution:
    geometry, grouping, weights = convolution
    finished = []
    for chunk in chunks:
        tiles = chunk_tiles(context.config, geometry, grouping, chunk, weights)
        finished.append(_with_constants(context, chunk, tiles, bias, constants))
    return Convolution(
        geometry=geometry,
        source=context.buffers[operator.inputs[0]],
        output=context.buffers[operator.outputs[0]],
        chunks=tuple(finished),
        pad_value=constants.input_zero,
        out_zero=constants.output_zero,
        clamp=constants.clamp,
    )


def _prefers_taps(
    config: AcceleratorConfig,
    geometry: Geometry,
    plan: DepthwisePlan,
    flat: Geometry,
    chunks: tuple[Chunk, ...],
) -> bool:
    """Whether DEPTHWISE takes no longer than MATRIX, or little longer: MATRIX then does other work meanwhile.

    Neither counts below the time of VECTOR, which requantises the same sums either way.
    """
    pixels = flat.images * flat.out_height * flat.out_width
    matrix = flat.kernel[0] * sum(chunk.kernel_cols * chunk.run_tiles for chunk in chunks) * pixels
    vector = -(-geometry.out_channels // config.vector_lanes) * pixels
    depthwise = plan.cycles * -(-geometry.out_channels // config.cols)
    return depthwise <= TAPS_PREFERENCE * max(matrix, vector)


def output_major_weights(graph: Graph, operator: Operator) -> Weights:
    """Weights as (output, ky, kx, input within its group), whatever the operator."""
    weights = constant(graph, operator.inputs[1]).astype(np.int8)
    match operator.operation:
        case Operation.DEPTHWISE_CONV_2D:
            return weights.transpose(3, 1, 2, 0)
        case Operation.FULLY_CONNECTED:
            return weights[:, None, None, :]
        case _:
            return weights


def _geometry(graph: Graph, operator: Operator) -> tuple[Geometry, Grouping]:
    source = graph.tensors[operator.inputs[0]].shape
    output = graph.tensors[operator.outputs[0]].shape
    if operator.operation is Operation.FULLY_CONNECTED:
        outputs, inputs = graph.tensors[operator.inputs[1]].shape
        batch = prod(source) // inputs
        return Geometry(1, 1, batch, inputs, 1, batch, outputs, (1, 1)), Grouping(inputs, outputs)
    window = operator.window
    if window is None:
        raise ValueError(f"{operator.operation.value} must have a window")
    outputs, kernel_rows, kernel_cols, inputs = output_major_weights(graph, operator).shape
    images, height, width, channels = source
    _, out_height, out_width, _ = output
    geometry = Geometry(
        images,
        height,
        width,
        channels,
        out_height,
        out_width,
        outputs,
        kernel=(kernel_rows, kernel_cols),
        stride=window.stride,
        dilation=window.dilation,
        padding=(window.padding[0], window.padding[2]),
    )
    return geometry, Grouping(inputs, outputs * inputs // channels)


def _flattened(
    geometry: Geometry, grouping: Grouping, weights: Weights
) -> tuple[Geometry, Grouping, Weights]:
    """The same convolution with longer runs of bytes or pixels, where its shape allows.

    A 1x1 kernel sees all pixels of all images as one row. A kernel as wide as the image sees an image row
    as one pixel, and the kernel's rows become columns, which fold.
    """
    g = geometry
    if g.kernel == (1, 1) and g.stride == (1, 1) and (g.out_height, g.out_width) == (g.height, g.width):
        pixels = g.images * g.height * g.width
        flat = replace(g, images=1, height=1, width=pixels, out_height=1, out_width=pixels)
        return flat, grouping, weights
    is_dense = grouping.outputs == g.out_channels
    if g.out_width == 1 and g.padding[1] == 0 and g.kernel[1] == g.width and (is_dense or g.width == 1):
        turned = replace(
            g,
            height=1,
            width=g.height,
            channels=g.width * g.channels,
            out_height=1,
            out_width=g.out_height,
            kernel=(1, g.kernel[0]),
            stride=(1, g.stride[0]),
            dilation=(1, g.dilation[0]),
            padding=(0, g.padding[0]),
        )
        folded = weights.reshape(len(weights), 1, g.kernel[0], -1)
        return turned, replace(grouping, inputs=folded.shape[3]), folded
    return geometry, grouping, weights


def _with_constants(
    context: LowerContext,
    chunk: Chunk,
    tiles: Weights,
    bias: NDArray[np.int64],
    constants: ConvConstants,
) -> Chunk:
    own = slice(chunk.first_output, chunk.first_output + chunk.outputs)
    return replace(
        chunk,
        weight_base=context.weights.append(tiles),
        parameter_base=context.parameters.per_channel(
            bias[own], constants.multiplier[own], constants.shift[own]
        ),
    )


def _packing(geometry: Geometry, chunk: Chunk, operator: Operator) -> Packing:
    if chunk.kernel_cols == 1:
        return Packing.FOLDED_RUN
    is_depthwise = operator.operation is Operation.DEPTHWISE_CONV_2D
    return Packing.DIAGONAL if is_depthwise else Packing.COLUMN_LOOP
