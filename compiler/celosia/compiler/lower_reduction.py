"""Lowers pooling and ``MEAN`` to VECTOR loop nests with windows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from celosia.compiler.errors import UnsupportedError
from celosia.compiler.graph import Operation, Operator
from celosia.compiler.graph_edit import describe
from celosia.compiler.layers import Layer, Operand, VectorNest
from celosia.compiler.lower_context import LowerContext
from celosia.compiler.quantized import mean_constants, numbers, output_clamp
from celosia.compiler.strided_nests import dense_strides, strided_nests
from celosia.rtl.command import Function, Rounding

LARGEST_WINDOW = (1 << 12) - 1
LARGEST_AVERAGE = 1 << 22  # elements; see reciprocal()


@dataclass(frozen=True)
class Span:
    """Consecutive output positions along one axis whose windows have the same size inside the image."""

    first: int
    count: int
    start: int  # input position of the first window's first element
    size: int


def reciprocal(count: int) -> tuple[int, int]:
    """Multiplier and shift (positive to the left) that divide a sum of ``count`` bytes, halves away from zero.

    With 2^k >= count and M = floor(2^(30+k) / count) + 1, the product x * M / 2^(30+k) is x / count and an
    error of the sign of x, at most abs(x) / 2^(30+k). An exact half is thereby pushed away from zero; what
    is no half is at least 1 / (2 * count) away from one, and as abs(x) <= 128 * count the error is smaller
    while 2^(30+k) > 256 * count^2: for every count below 2^22. Rounding half up then is exact.
    """
    bits = (count - 1).bit_length()
    return (1 << 30 + bits) // count + 1, 1 - bits


def lower_pool(context: LowerContext, operator: Operator) -> Layer:
    """Average or maximum pooling: a nest for every size that the image's edges leave of the window."""
    window = operator.window
    if window is None or window.size is None:
        raise ValueError(f"{operator.operation.value} must have a window with a size")
    source, output = operator.inputs[0], operator.outputs[0]
    images, height, width, channels = context.shape(source)
    _, out_height, out_width, _ = context.shape(output)
    top, _, left, _ = window.padding
    nests = []
    for rows in _spans(height, out_height, window.size[0], window.stride[0], top):
        for cols in _spans(width, out_width, window.size[1], window.stride[1], left):
            constants = _pool_fields(context, operator, rows.size * cols.size)
            for image in range(images):
                nests.append(
                    VectorNest(
                        function=(
                            Function.SUM
                            if operator.operation is Operation.AVERAGE_POOL_2D
                            else Function.MAXIMUM
                        ),
                        rows=rows.count,
                        cols=cols.count,
                        channels=channels,
                        a=Operand(
                            context.buffers[source],
                            ((image * height + rows.start) * width + cols.start) * channels,
                            window.stride[0] * width * channels,
                            window.stride[1] * channels,
                        ),
                        out=Operand(
                            context.buffers[output],
                            ((image * out_height + rows.first) * out_width + cols.first) * channels,
                            out_width * channels,
                            channels,
                        ),
                        window=(rows.size, cols.size, width * channels, channels),
                        constants=constants,
                    )
                )
    return Layer(operator, tuple(nests))


def lower_mean(context: LowerContext, operator: Operator) -> Layer:
    """``MEAN`` over any axes: neighbouring axes that are both reduced are one side of the window."""
    source, output = operator.inputs[0], operator.outputs[0]
    shape, axes = context.shape(source), numbers(operator, "axes")
    strides = dense_strides(shape)
    window = _window(
        [(shape[axis], strides[axis]) for axis in range(len(shape)) if axis in axes and shape[axis] > 1]
    )
    if window is None:
        raise UnsupportedError(
            f"{describe(context.graph, operator)} over axes {list(axes)} of {list(shape)} is not supported:"
            f" a window has two sides of at most {LARGEST_WINDOW}"
        )
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    kept_shape = [shape[axis] for axis in kept]
    constants = mean_constants(context.graph, operator)
    fields: dict[str, int | Rounding] = {
        "rounding": Rounding.DOUBLE,
        "parameter_base": context.parameters.per_tensor(
            -constants.input_zero * constants.count, constants.multiplier, constants.shift
        ),
        "out_zero": constants.output_zero,
        "clamp_low": constants.clamp[0],
        "clamp_high": constants.clamp[1],
    }
    return Layer(
        operator,
        tuple(
            VectorNest(
                function=Function.SUM,
                rows=nest.rows,
                cols=nest.cols,
                channels=nest.channels,
                a=context.operand(source, nest, 0),
                out=context.operand(output, nest, 1),
                window=window,
                constants=fields,
            )
            for nest in strided_nests(kept_shape, [strides[axis] for axis in kept], dense_strides(kept_shape))
        ),
    )


def _pool_fields(context: LowerContext, operator: Operator, count: int) -> Mapping[str, int | Rounding]:
    low, high = output_clamp(context.graph, operator)
    fields: dict[str, int | Rounding] = {"clamp_low": low, "clamp_high": high}
    if operator.operation is Operation.AVERAGE_POOL_2D:
        if count >= LARGEST_AVERAGE:
            raise UnsupportedError(
                f"{describe(context.graph, operator)} over {count} elements is not supported:"
                f" there must be fewer than {LARGEST_AVERAGE}"
            )
        multiplier, shift = reciprocal(count)
        fields["rounding"] = Rounding.SINGLE
        fields["parameter_base"] = context.parameters.per_tensor(0, multiplier, shift)
    return fields


def _spans(size: int, outputs: int, window: int, stride: int, before: int) -> Iterator[Span]:
    """Cut the outputs along one axis wherever the part of the window inside the image changes."""
    clipped = []
    for output in range(outputs):
        start = output * stride - before
        first, last = max(start, 0), min(start + window, size)
        clipped.append((first, last - first))
    first = 0
    for output in range(1, outputs + 1):
        is_continued = output < outputs and (
            clipped[output][1] == clipped[first][1]
            and clipped[output][0] - clipped[first][0] == (output - first) * stride
        )
        if not is_continued:
            yield Span(first, output - first, *clipped[first])
            first = output


def _window(axes: list[tuple[int, int]]) -> tuple[int, int, int, int] | None:
    """Rows, columns and their steps that visit the given axes of (extent, stride); ``None`` if none does."""
    merged: list[tuple[int, int]] = []
    for extent, stride in axes:
        if merged and merged[-1][1] == extent * stride:
            extent *= merged.pop()[0]
        merged.append((extent, stride))
    if len(merged) == 1 and merged[0][0] > LARGEST_WINDOW:
        extent, stride = merged[0]
        divisors = (rows for rows in range(2, LARGEST_WINDOW + 1) if extent % rows == 0)
        rows = next((rows for rows in divisors if extent // rows <= LARGEST_WINDOW), None)
        merged = [] if rows is None else [(rows, extent // rows * stride), (extent // rows, stride)]
        if rows is None:
            return None
    merged = [(1, 0)] * (2 - len(merged)) + merged
    if len(merged) > 2 or any(extent > LARGEST_WINDOW for extent, _ in merged):
        return None
    (rows, row_step), (cols, col_step) = merged
    return rows, cols, row_step, col_step
