"""Lowers ``PAD`` to VECTOR loop nests: fills around, and a copy."""

from collections.abc import Iterator, Mapping

from celosia.compiler.graph import Operator
from celosia.compiler.layers import Layer, VectorNest
from celosia.compiler.lower_context import LowerContext
from celosia.compiler.quantized import affine, numbers
from celosia.compiler.strided_nests import dense_strides, strided_nests
from celosia.rtl.command import Function, Rounding

Box = tuple[tuple[int, int], ...]
"""First index and extent along each axis."""


def lower_pad(context: LowerContext, operator: Operator) -> Layer:
    """Fill each slab around the source, then copy the source into the middle.

    A fill is a maximum clamped from both sides to the zero point. It reads the bytes that it writes,
    whose contents do not matter: no other address is sure to exist for its whole length.
    """
    source, output = operator.inputs[0], operator.outputs[0]
    shape, out_shape = context.shape(source), context.shape(output)
    flat = numbers(operator, "paddings")
    before = flat[0::2]
    zero = affine(context.graph, output).zero_point
    nests: list[VectorNest] = []
    for slab in _slabs(shape, out_shape, before):
        nests.extend(_maximum(context, output, slab, output, slab, {"clamp_low": zero, "clamp_high": zero}))
    whole = tuple((0, extent) for extent in shape)
    middle = tuple(zip(before, shape, strict=True))
    nests.extend(_maximum(context, source, whole, output, middle, {"clamp_low": -128, "clamp_high": 127}))
    return Layer(operator, tuple(nests))


def _slabs(shape: tuple[int, ...], out_shape: tuple[int, ...], before: tuple[int, ...]) -> Iterator[Box]:
    """Boxes that cover what the source does not, each byte once."""
    for axis, (extent, out_extent, first) in enumerate(zip(shape, out_shape, before, strict=True)):
        inner = tuple(zip(before[:axis], shape[:axis], strict=True))
        outer = tuple((0, whole) for whole in out_shape[axis + 1 :])
        for start, count in ((0, first), (first + extent, out_extent - extent - first)):
            if count:
                yield (*inner, (start, count), *outer)


def _maximum(
    context: LowerContext,
    source: int,
    source_box: Box,
    output: int,
    out_box: Box,
    constants: Mapping[str, int | Rounding],
) -> Iterator[VectorNest]:
    strides, out_strides = dense_strides(context.shape(source)), dense_strides(context.shape(output))
    start = sum(first * step for (first, _), step in zip(source_box, strides, strict=True))
    out_start = sum(first * step for (first, _), step in zip(out_box, out_strides, strict=True))
    for nest in strided_nests([extent for _, extent in out_box], strides, out_strides):
        yield VectorNest(
            function=Function.MAXIMUM,
            rows=nest.rows,
            cols=nest.cols,
            channels=nest.channels,
            a=context.operand(source, nest, 0, start),
            out=context.operand(output, nest, 1, out_start),
            constants=constants,
        )
