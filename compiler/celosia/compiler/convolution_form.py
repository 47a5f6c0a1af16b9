"""The forms in which MATRIX can compute a convolution, and the choice among them.

Every tile costs a cycle a pixel. Where kernel rows are short runs of bytes, most rows of a tile hold nothing;
VECTOR can then copy the input into an order with longer runs, while MATRIX works on what has been copied. Where
outputs are fewer than columns, neighbouring pixels can be computed together: to the array, they are one pixel with
the outputs of all and a kernel that covers the kernels of all. The form is chosen whose busier engine is done first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from celosia.compiler.grain import DEFAULT_GRAIN
from celosia.compiler.layers import Chunk, Geometry, Packing
from celosia.compiler.packing import Grouping, choose_chunks
from celosia.compiler.schedule_matrix import choose_blocks
from celosia.rtl.config import AcceleratorConfig

#: Blocks that are being copied or summed at once: one of each, and one ahead.
GATHER_SLOTS = 3


@dataclass(frozen=True)
class ConvolutionForm:
    """A convolution as MATRIX walks it.

    Attributes
    ----------
    geometry, grouping
        The convolution on the input as it lies there after copying.
    chunks
        Its outputs' cut, without constants.
    copy
        ``IM2COL`` or ``TRANSPOSED`` if VECTOR copies first, else None.
    copy_cycles
        Cycles that VECTOR spends on copying.
    together
        Neighbouring output pixels of the layer that are one pixel here.
    """

    geometry: Geometry
    grouping: Grouping
    chunks: tuple[Chunk, ...]
    copy: Packing | None = None
    copy_cycles: int = 0
    together: int = 1

    @property
    def matrix_cycles(self) -> int:
        """Cycles of MATRIX: one for each tile and pixel."""
        tiles = self.geometry.kernel[0] * sum(chunk.kernel_cols * chunk.run_tiles for chunk in self.chunks)
        return tiles * self.pixels

    def vector_cycles(self, config: AcceleratorConfig) -> int:
        """Cycles of VECTOR, requantisation and copies."""
        groups = sum(-(-chunk.outputs // config.vector_lanes) for chunk in self.chunks)
        return groups * self.pixels + self.copy_cycles

    def busier(self, config: AcceleratorConfig) -> int:
        """Cycles of the engine that has more to do."""
        return max(self.matrix_cycles, self.vector_cycles(config))

    @property
    def pixels(self) -> int:
        """Pixels of all images as the array sees them."""
        return self.geometry.images * self.geometry.out_height * self.geometry.out_width


def choose_form(
    config: AcceleratorConfig, geometry: Geometry, grouping: Grouping, *, may_copy: bool
) -> ConvolutionForm:
    """The form whose busier engine is done first, then the one with least work for both.

    The first block's copies come before its sums.
    """
    forms = list(direct_forms(config, geometry, grouping))
    if may_copy:
        forms += copied_forms(config, geometry, grouping)

    def cost(form: ConvolutionForm) -> tuple[int, int]:
        done = form.busier(config) + form.copy_cycles // DEFAULT_GRAIN.blocks
        return done, form.matrix_cycles + form.vector_cycles(config)

    return min(forms, key=cost)


def direct_forms(
    config: AcceleratorConfig, geometry: Geometry, grouping: Grouping
) -> Iterator[ConvolutionForm]:
    """The forms without copies, each number of pixels together."""
    flat, own = _flattened(geometry, grouping)
    for together, g, group in _combinations(config, flat, own):
        yield ConvolutionForm(g, group, choose_chunks(config, g, group), together=together)


def copied_forms(
    config: AcceleratorConfig, geometry: Geometry, grouping: Grouping
) -> Iterator[ConvolutionForm]:
    """The forms that begin with copies; none if the kernel has nothing to fold or channels are grouped."""
    if geometry.kernel == (1, 1) or grouping.outputs != geometry.out_channels:
        return
    for together, g, group in _combinations(config, geometry, grouping):
        yield _transposed(config, g, group, together)
        if g.dilation[1] == 1 or g.kernel[1] == 1:
            yield _gathered(config, g, together)


def combined(geometry: Geometry, together: int) -> Geometry:
    """The convolution with neighbouring output pixels of a row as one, whose kernel covers theirs.

    Kernel columns must lie side by side: there is one only, or they are not dilated.
    """
    g = geometry
    return replace(
        g,
        out_width=g.out_width // together,
        out_channels=g.out_channels * together,
        kernel=(g.kernel[0], g.kernel[1] + (together - 1) * g.stride[1]),
        stride=(g.stride[0], g.stride[1] * together),
        dilation=(g.dilation[0], 1),
    )


def padded_extent(geometry: Geometry, axis: int) -> int:
    """Rows (axis 0) or columns (1) of the input that outputs depend on, padding included."""
    g = geometry
    outputs = (g.out_height, g.out_width)[axis]
    return (outputs - 1) * g.stride[axis] + (g.kernel[axis] - 1) * g.dilation[axis] + 1


def is_padded(geometry: Geometry) -> bool:
    """Whether outputs depend on anything beside the input."""
    extents = (geometry.height, geometry.width)
    return any(geometry.padding[axis] or padded_extent(geometry, axis) > extents[axis] for axis in (0, 1))


def gather_block_pixels(config: AcceleratorConfig, form: ConvolutionForm) -> int:
    """Pixels of the largest block of a gathered convolution."""
    return max(block.pixels for block in choose_blocks(config, form.geometry, form.chunks))


def _combinations(
    config: AcceleratorConfig, geometry: Geometry, grouping: Grouping
) -> Iterator[tuple[int, Geometry, Grouping]]:
    """The convolution with one pixel at a time, and with as many together as fill the columns about twice."""
    g = geometry
    yield 1, g, grouping
    if grouping.outputs != g.out_channels or (g.dilation[1] > 1 and g.kernel[1] > 1):
        return
    for together in range(2, 2 * config.cols // g.out_channels + 1):
        if g.out_width % together == 0:
            yield together, combined(g, together), replace(grouping, outputs=g.out_channels * together)


def _transposed(
    config: AcceleratorConfig, geometry: Geometry, grouping: Grouping, together: int
) -> ConvolutionForm:
    g = geometry
    copies = g.images * g.height * g.width * -(-g.channels // config.vector_lanes)
    chunks = choose_chunks(config, g.transposed, grouping)
    return ConvolutionForm(g.transposed, grouping, chunks, Packing.TRANSPOSED, copies, together)


def _gathered(config: AcceleratorConfig, geometry: Geometry, together: int) -> ConvolutionForm:
    g, lanes = geometry, config.vector_lanes
    run = g.kernel[1] * g.channels
    gathered = Geometry(
        g.images,
        g.out_height,
        g.out_width,
        g.kernel[0] * run,
        g.out_height,
        g.out_width,
        g.out_channels,
        (1, 1),
    )
    grouping = Grouping(gathered.channels, g.out_channels)
    copies = g.images * g.out_height * g.out_width * g.kernel[0] * -(-run // lanes)
    if is_padded(g):
        row = padded_extent(g, 1) * g.channels
        copies += g.images * padded_extent(g, 0) * (-(-row // lanes) + -(-g.width * g.channels // lanes))
    chunks = choose_chunks(config, gathered, grouping)
    return ConvolutionForm(gathered, grouping, chunks, Packing.IM2COL, copies, together)


def _flattened(geometry: Geometry, grouping: Grouping) -> tuple[Geometry, Grouping]:
    """The same convolution with longer runs of bytes or pixels, where its shape allows.

    A 1x1 kernel sees all pixels of all images as one row. A kernel as wide as the image sees an image row
    as one pixel, and the kernel's rows become columns, which fold.
    """
    g = geometry
    is_dense = grouping.outputs == g.out_channels
    if g.kernel == (1, 1) and g.stride == (1, 1) and (g.out_height, g.out_width) == (g.height, g.width):
        pixels = g.images * g.height * g.width
        return replace(g, images=1, height=1, width=pixels, out_height=1, out_width=pixels), grouping
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
        return turned, replace(grouping, inputs=grouping.inputs * geometry.width)
    return g, grouping
