"""The copies of one block of a gathered convolution."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from celosia.compiler.grain import Grain
from celosia.compiler.layers import Gather, Operand, VectorNest
from celosia.compiler.schedule_vector import vector_items
from celosia.compiler.work import WorkItem
from celosia.rtl.command import Function
from celosia.rtl.config import AcceleratorConfig


def gather_items(
    layer: int,
    gather: Gather,
    target: Operand,
    image: int,
    rows: range,
    cols: range,
    addresses: Sequence[int],
    config: AcceleratorConfig,
    grain: Grain,
) -> Iterator[WorkItem]:
    """Copy the kernel rows of output pixels ``rows`` x ``cols`` to ``target``, densely, pixel by pixel.

    A command copies one kernel row of all pixels, or all kernel rows of one row of pixels.
    """
    pixel = gather.kernel_rows * gather.run
    line = len(cols) * pixel
    start = image * gather.image_bytes + rows.start * gather.y_step + cols.start * gather.x_step
    copy = VectorNest(
        Function.MAXIMUM,
        len(rows),
        len(cols),
        gather.run,
        a=Operand(gather.source, start, gather.y_step, gather.x_step),
        out=replace(target, row_step=line, col_step=pixel),
        constants={"clamp_low": -128, "clamp_high": 127},
    )
    if gather.kernel_rows <= len(rows):
        nests = [_moved(copy, ky * gather.ky_step, ky * gather.run) for ky in range(gather.kernel_rows)]
    else:
        nests = [
            _moved(
                replace(
                    copy,
                    rows=gather.kernel_rows,
                    a=replace(copy.a, row_step=gather.ky_step),
                    out=replace(copy.out, row_step=gather.run),
                ),
                row * gather.y_step,
                row * line,
            )
            for row in range(len(rows))
        ]
    for nest in nests:
        yield from vector_items(layer, nest, addresses, config, grain)


def _moved(nest: VectorNest, source: int, target: int) -> VectorNest:
    return replace(
        nest,
        a=replace(nest.a, offset=nest.a.offset + source),
        out=replace(nest.out, offset=nest.out.offset + target),
    )
