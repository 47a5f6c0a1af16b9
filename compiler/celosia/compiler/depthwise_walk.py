"""How a depthwise convolution streams through the DEPTHWISE engine's window: along each axis, and in which blocks.

The engine streams a grid of pixels and multiplies windows of K x 3 of them (K = ``depthwise_taps`` // 3). Along one
axis with stride s and dilation d, output i and kernel index k meet input ``i * s + k * d - padding``. Three walks give
every such pair once, with g = gcd(s, d):

- *window*: the grid is every d-th pixel, d / g phases of outputs, stride s / g; taps side by side share a pass;
- *polyphase*: the grid is every (s * d / g)-th pixel; taps s / g apart share a pass, so nothing streams in vain;
- *single*: the grid is every s-th pixel, each tap is a pass of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import gcd

from celosia.compiler.layers import AxisWalk, Geometry
from celosia.compiler.pieces import even_pieces
from celosia.rtl.config import AcceleratorConfig

WINDOW_COLS = 3
#: Rows of blocks that a layer is cut into, so that those around it overlap it.
ROW_BLOCKS = 12
#: A layer that streams longer than so many times its requantisation takes is cut only where it must be: the layers
#: around it keep VECTOR busy no longer than that.
STREAM_LIMIT = 3
SMALLEST_BLOCK = 16  # pixels: several times what a command costs beside its pixels
COMMAND_CYCLES = 8  # what a command costs beside its pixels
LARGEST_STRIDE = (1 << 8) - 1
LARGEST_COL_STEP = (1 << 24) - 1


@dataclass(frozen=True)
class DepthwisePlan:
    """Walks of both axes, the largest block (output rows and columns, all phases), and cycles a chunk of channels."""

    rows: AxisWalk
    cols: AxisWalk
    block: tuple[int, int]
    cycles: int


def plan_depthwise(config: AcceleratorConfig, geometry: Geometry) -> DepthwisePlan | None:
    """The plan with the fewest streamed pixels; None if the engine's fields hold none, or there is no engine."""
    if not config.depthwise_taps:
        return None
    lanes = min(config.cols, geometry.out_channels)
    pixels = geometry.images * geometry.out_height * geometry.out_width
    fine = _best_plan(config, geometry, ROW_BLOCKS)
    if fine is None or fine.cycles <= STREAM_LIMIT * pixels * -(-lanes // config.vector_lanes):
        return fine
    return _best_plan(config, geometry, 1)


def _best_plan(config: AcceleratorConfig, geometry: Geometry, row_blocks: int) -> DepthwisePlan | None:
    plans = [
        _plan(config, geometry, rows, cols, row_blocks)
        for rows, cols in product(
            _walks(geometry, 0, config.depthwise_rows), _walks(geometry, 1, WINDOW_COLS)
        )
        if max(rows.stride, cols.stride) <= LARGEST_STRIDE
        and cols.grid * geometry.channels <= LARGEST_COL_STEP
    ]
    return min(plans, key=lambda plan: plan.cycles, default=None)


def _walks(geometry: Geometry, axis: int, window: int) -> Iterator[AxisWalk]:
    kernel, stride = geometry.kernel[axis], geometry.stride[axis]
    yield AxisWalk(1, stride, 1, tuple((tap,) for tap in range(kernel)))
    if window == 1 or kernel == 1:
        return
    dilation = geometry.dilation[axis]
    common = gcd(stride, dilation)
    phases, apart = dilation // common, stride // common
    yield AxisWalk(phases, dilation, apart, tuple(_cut(range(kernel), window)))
    if apart > 1:
        residues = [range(first, kernel, apart) for first in range(min(apart, kernel))]
        passes = tuple(taps for residue in residues for taps in _cut(residue, window))
        yield AxisWalk(phases, stride * phases, 1, passes)


def _cut(taps: range, window: int) -> Iterator[tuple[int, ...]]:
    for first in range(0, len(taps), window):
        yield tuple(taps[first : first + window])


def _plan(
    config: AcceleratorConfig, geometry: Geometry, rows: AxisWalk, cols: AxisWalk, row_blocks: int
) -> DepthwisePlan:
    """The best block for two walks, at most about ``row_blocks`` rows of them.

    Squarer blocks stream fewer pixels twice, but finish their rows later.
    """
    window_rows = config.depthwise_rows
    half = config.depthwise_accumulator_depth // 2
    widest = min(half, -(-geometry.out_width // cols.phases))
    if window_rows > 1:
        widest = min(widest, (config.depthwise_line - WINDOW_COLS) // cols.stride + 1)
    height = -(-geometry.out_height // rows.phases)
    passes = len(rows.passes) * len(cols.passes)
    best: DepthwisePlan | None = None
    for width in _useful_widths(-(-geometry.out_width // cols.phases), widest):
        worthwhile = -(-SMALLEST_BLOCK // width)
        tall = min(half // width, max(worthwhile, -(-height // row_blocks)))
        block = (tall * rows.phases, width * cols.phases)
        streamed_rows, blocks_down = _streamed(geometry.out_height, block[0], rows, window_rows)
        streamed_cols, blocks_across = _streamed(geometry.out_width, block[1], cols, WINDOW_COLS)
        per_pass = streamed_rows * streamed_cols + COMMAND_CYCLES * blocks_down * blocks_across
        plan = DepthwisePlan(rows, cols, block, geometry.images * passes * per_pass)
        if best is None or plan.cycles < best.cycles:
            best = plan
    if best is None:
        raise ValueError("a plan needs at least one output column")
    return best


def _useful_widths(total: int, widest: int) -> Iterator[int]:
    """The largest piece of each number of pieces of a row, down to about square blocks."""
    fewest = -(-total // widest)
    for pieces in range(fewest, min(total, fewest + 16) + 1):
        yield -(-total // pieces)


def _streamed(outputs: int, largest: int, walk: AxisWalk, window: int) -> tuple[int, int]:
    """Pixels that stream along one axis over all blocks and phases, and the number of these."""
    streamed = blocks = 0
    for first, size in even_pieces(outputs, largest):
        for phase in range(walk.phases):
            if count := len(walk.outputs(phase, first, size)):
                streamed += (count - 1) * walk.stride + window
                blocks += 1
    return streamed, blocks
