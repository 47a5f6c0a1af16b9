"""The copies that VECTOR makes of a convolution's input, so that MATRIX finds longer runs of bytes."""

from collections.abc import Iterator
from dataclasses import dataclass

from celosia.compiler.convolution_form import (
    GATHER_SLOTS,
    ConvolutionForm,
    combined,
    gather_block_pixels,
    is_padded,
    padded_extent,
)
from celosia.compiler.graph import Operator
from celosia.compiler.layers import Gather, Geometry, Operand, Packing, VectorNest
from celosia.compiler.lower_context import LowerContext
from celosia.compiler.strided_nests import dense_strides, strided_nests
from celosia.rtl.command import Function

COPY = {"clamp_low": -128, "clamp_high": 127}


@dataclass(frozen=True)
class CopiedInput:
    """Where MATRIX reads, and what VECTOR does first."""

    source: int
    preparation: tuple[VectorNest, ...] = ()
    gather: Gather | None = None


def copied_input(
    context: LowerContext, operator: Operator, geometry: Geometry, form: ConvolutionForm, pad_value: int
) -> CopiedInput:
    """Make the copies that a form of the convolution ``geometry`` needs."""
    source = context.buffers[operator.inputs[0]]
    match form.copy:
        case Packing.TRANSPOSED:
            return _transposed(context, source, geometry)
        case Packing.IM2COL:
            return _gathered(context, source, combined(geometry, form.together), form, pad_value)
        case _:
            return CopiedInput(source)


def _transposed(context: LowerContext, source: int, geometry: Geometry) -> CopiedInput:
    """The input with rows and columns exchanged, as one buffer."""
    g = geometry
    shape = (g.images, g.height, g.width, g.channels)
    image, column, row, channel = dense_strides((g.images, g.width, g.height, g.channels))
    target = context.add_buffer(g.images * image)
    nests = strided_nests(shape, dense_strides(shape), (image, row, column, channel))
    return CopiedInput(
        target,
        tuple(
            VectorNest(
                Function.MAXIMUM,
                nest.rows,
                nest.cols,
                nest.channels,
                a=Operand(source, *nest.operands[0]),
                out=Operand(target, *nest.operands[1]),
                constants=COPY,
            )
            for nest in nests
        ),
    )


def _gathered(
    context: LowerContext, source: int, geometry: Geometry, form: ConvolutionForm, pad_value: int
) -> CopiedInput:
    """The kernel rows of each pixel, block by block, from a padded copy of the input if it needs padding."""
    g = geometry
    rows, cols = g.height, g.width
    preparation: tuple[VectorNest, ...] = ()
    if is_padded(g):
        rows, cols = padded_extent(g, 0), padded_extent(g, 1)
        padded = context.add_buffer(g.images * rows * cols * g.channels)
        preparation = tuple(_padding(source, padded, g, rows, cols, pad_value))
        source = padded
    slot = gather_block_pixels(context.config, form) * form.geometry.channels
    gather = Gather(
        source=source,
        kernel_rows=g.kernel[0],
        run=g.kernel[1] * g.channels,
        image_bytes=rows * cols * g.channels,
        y_step=g.stride[0] * cols * g.channels,
        ky_step=g.dilation[0] * cols * g.channels,
        x_step=g.stride[1] * g.channels,
        slots=GATHER_SLOTS,
        slot_bytes=slot,
    )
    return CopiedInput(context.add_buffer(GATHER_SLOTS * slot), preparation, gather)


def _padding(
    source: int, padded: int, geometry: Geometry, rows: int, cols: int, pad_value: int
) -> Iterator[VectorNest]:
    """Fill the whole copy (a fill reads the bytes that it writes), then copy the rows that outputs depend on."""
    g = geometry
    pitch = cols * g.channels
    whole = Operand(padded, 0, pitch, 0)
    fill = {"clamp_low": pad_value, "clamp_high": pad_value}
    yield VectorNest(Function.MAXIMUM, g.images * rows, 1, pitch, a=whole, out=whole, constants=fill)
    top, left = g.padding
    kept_rows, kept_cols = min(g.height, rows - top), min(g.width, cols - left)
    if kept_rows < 1 or kept_cols < 1:
        return
    for image in range(g.images):
        yield VectorNest(
            Function.MAXIMUM,
            kept_rows,
            1,
            kept_cols * g.channels,
            a=Operand(source, image * g.height * g.width * g.channels, g.width * g.channels, 0),
            out=Operand(padded, (image * rows + top) * pitch + left * g.channels, pitch, 0),
            constants=COPY,
        )
