"""Lowers ``CONV_2D``, ``DEPTHWISE_CONV_2D`` and ``FULLY_CONNECTED`` to sums and a requantisation."""

from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.convolution_form import ConvolutionForm, choose_form, combined
from celosia.compiler.depthwise_walk import DepthwisePlan, plan_depthwise
from celosia.compiler.graph import Graph, Operation, Operator
from celosia.compiler.layers import Chunk, Convolution, Geometry, Layer, Packing
from celosia.compiler.lower_context import LowerContext
from celosia.compiler.lower_copies import copied_input
from celosia.compiler.lower_depthwise import lower_depthwise
from celosia.compiler.packing import Grouping, chunk_tiles, narrow_cells
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
    form = choose_form(context.config, geometry, grouping, may_copy=context.may_copy)
    if plan is not None and _prefers_taps(context.config, geometry, plan, form):
        taps = lower_depthwise(context, operator, geometry, plan, weights, bias, constants)
        idle_lanes = max(0, context.config.cols - geometry.out_channels)
        return Layer(operator, taps, macs, Packing.TAPS, macs // geometry.out_channels * idle_lanes)
    copied = copied_input(context, operator, geometry, form, constants.input_zero)
    work = Convolution(
        geometry=form.geometry.transposed if form.copy is Packing.TRANSPOSED else form.geometry,
        source=copied.source,
        output=context.buffers[operator.outputs[0]],
        chunks=_finished_chunks(context, form, weights, geometry, bias, constants),
        pad_value=constants.input_zero,
        out_zero=constants.output_zero,
        clamp=constants.clamp,
        is_transposed=form.copy is Packing.TRANSPOSED,
        gather=copied.gather,
    )
    packing = form.copy or _packing(work.chunks[0], operator)
    label = f"{packing} x{form.together}" if form.together > 1 else packing
    return Layer(operator, work, macs, label, _narrow_macs(context.config, form, weights), copied.preparation)


def _narrow_macs(config: AcceleratorConfig, form: ConvolutionForm, weights: Weights) -> int:
    """Multiply-accumulates that few channels leave unused, gaps between pixels computed together included."""
    cells = narrow_cells(config, form.geometry, form.grouping, form.chunks)
    walked = form.geometry.out_channels * prod(form.geometry.kernel) * form.grouping.inputs
    return form.pixels * (cells + walked - form.together * weights.size)


def _finished_chunks(
    context: LowerContext,
    form: ConvolutionForm,
    weights: Weights,
    geometry: Geometry,
    bias: NDArray[np.int64],
    constants: ConvConstants,
) -> tuple[Chunk, ...]:
    """The form's chunks with their constants in memory."""
    walked = _walked_weights(form, geometry, weights)
    count = form.together
    tiled = replace(
        constants, multiplier=np.tile(constants.multiplier, count), shift=np.tile(constants.shift, count)
    )
    return tuple(
        _with_constants(
            context,
            chunk,
            chunk_tiles(context.config, form.geometry, form.grouping, chunk, walked),
            np.tile(bias, count),
            tiled,
        )
        for chunk in form.chunks
    )


def _walked_weights(form: ConvolutionForm, geometry: Geometry, weights: Weights) -> Weights:
    """Weights as the form's kernel has them: one pixel's beside the others', a stride further right."""
    match form.copy:
        case Packing.IM2COL:
            g = combined(geometry, form.together)
        case Packing.TRANSPOSED:
            g = form.geometry.transposed
        case _:
            g = form.geometry
    kernel_rows, extent = g.kernel
    stride = g.stride[1] // form.together
    kernel_cols = extent - (form.together - 1) * stride
    own = weights.reshape(len(weights), kernel_rows, kernel_cols, -1)
    wide = np.zeros((form.together, len(own), kernel_rows, extent, own.shape[3]), np.int8)
    for pixel in range(form.together):
        wide[pixel, :, :, pixel * stride : pixel * stride + kernel_cols] = own
    if form.copy is Packing.TRANSPOSED:
        wide = wide.swapaxes(2, 3)
    return wide.reshape(-1, *form.geometry.kernel, form.grouping.inputs)


def _prefers_taps(
    config: AcceleratorConfig, geometry: Geometry, plan: DepthwisePlan, form: ConvolutionForm
) -> bool:
    """Whether DEPTHWISE takes no longer than MATRIX, or little longer: MATRIX then does other work meanwhile.

    Neither counts below the time of VECTOR, which requantises the same sums either way.
    """
    depthwise = plan.cycles * -(-geometry.out_channels // config.cols)
    return depthwise <= TAPS_PREFERENCE * form.busier(config)


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


def _packing(chunk: Chunk, operator: Operator) -> Packing:
    if chunk.kernel_cols == 1:
        return Packing.FOLDED_RUN
    is_depthwise = operator.operation is Operation.DEPTHWISE_CONV_2D
    return Packing.DIAGONAL if is_depthwise else Packing.COLUMN_LOOP
