"""What a network is lowered to: layers of loop nests over buffers, with every constant, but no addresses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.graph import Operator
from celosia.rtl.command import Function, Rounding


class Packing(StrEnum):
    """How the weights of a convolution fill the rows of a tile."""

    FOLDED_RUN = "folded run"
    """Rows are consecutive bytes of an input row: kernel columns and channels together."""
    COLUMN_LOOP = "kx loop"
    """Rows are channels; kernel columns are tiles of their own."""
    DIAGONAL = "diagonal"
    """A loop over kernel columns for channels that see only their own inputs: weights on a diagonal."""
    IM2COL = "im2col"
    """A folded run over the whole kernel: VECTOR copies its rows next to each other."""
    TRANSPOSED = "transposed"
    """Runs or loops as above along the other axis: VECTOR copies the input with rows and columns exchanged."""
    TAPS = "taps"
    """No tiles: the DEPTHWISE engine's window, in as many passes as the kernel needs."""


@dataclass(frozen=True, eq=False)
class Buffer:
    """A piece of scratchpad that one tensor, or several with the same bytes, live in."""

    size: int
    constant: bytes | None = None


@dataclass(frozen=True)
class Operand:
    """Where a loop nest finds a tensor's bytes: ``offset + y * row_step + x * col_step + channel``."""

    buffer: int
    offset: int = 0
    row_step: int = 0
    col_step: int = 0


@dataclass(frozen=True)
class VectorNest:
    """One VECTOR loop nest over the scratchpad; ``constants`` are the other fields of its command.

    ``constants`` holds zero points, scales, clamp, rounding and parameter word, by their names in
    :class:`~celosia.rtl.command.VectorCommand`; ``window`` is rows, columns, row step, column step.
    """

    function: Function
    rows: int
    cols: int
    channels: int
    a: Operand
    out: Operand
    b: Operand | None = None
    window: tuple[int, int, int, int] = (1, 1, 0, 0)
    constants: Mapping[str, int | Rounding] = field(default_factory=dict)


@dataclass(frozen=True)
class Chunk:
    """Output channels that one pass over the input computes: at most as many as the array has columns.

    ``kernel_cols`` and ``run_tiles`` are those of the command; ``first_input`` is the channel that row 0 of
    the first tile multiplies.
    """

    first_output: int
    outputs: int
    first_input: int
    kernel_cols: int
    run_tiles: int
    weight_base: int = 0
    parameter_base: int = 0


@dataclass(frozen=True)
class Geometry:
    """A convolution as the MATRIX engine sees it: images of ``height`` x ``width`` pixels of ``channels`` bytes.

    ``padding`` is (top, left): what lies beyond on the other sides follows from the output's size.
    """

    images: int
    height: int
    width: int
    channels: int
    out_height: int
    out_width: int
    out_channels: int
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)

    @property
    def transposed(self) -> "Geometry":
        """The same with rows and columns exchanged."""
        return Geometry(
            self.images,
            self.width,
            self.height,
            self.channels,
            self.out_width,
            self.out_height,
            self.out_channels,
            self.kernel[::-1],
            self.stride[::-1],
            self.dilation[::-1],
            self.padding[::-1],
        )


@dataclass(frozen=True)
class Gather:
    """How VECTOR copies the kernel rows of each output pixel next to each other, block by block.

    Kernel row ky of output pixel (y, x) is ``run`` bytes of ``source`` from
    ``image * image_bytes + y * y_step + ky * ky_step + x * x_step`` on. A block lies in one of ``slots`` places
    of ``slot_bytes``, in turn, so that copying overlaps the sums of the blocks before.
    """

    source: int
    kernel_rows: int
    run: int
    image_bytes: int
    y_step: int
    ky_step: int
    x_step: int
    slots: int
    slot_bytes: int


@dataclass(frozen=True)
class Convolution:
    """A dense, grouped or depthwise convolution or a matrix product, with its requantisation.

    If ``is_transposed``, the source's rows and columns are exchanged, so MATRIX walks ``geometry.transposed``;
    the output is as ``geometry`` says either way. With ``gather``, the source holds gathered blocks.
    """

    geometry: Geometry
    source: int
    output: int
    chunks: tuple[Chunk, ...]
    pad_value: int
    out_zero: int
    clamp: tuple[int, int]
    is_transposed: bool = False
    gather: Gather | None = None

    @property
    def walked(self) -> Geometry:
        """The convolution as MATRIX walks it."""
        return self.geometry.transposed if self.is_transposed else self.geometry

    @property
    def tiles(self) -> int:
        """Weight tiles that each pixel goes through."""
        return self.walked.kernel[0] * sum(chunk.kernel_cols * chunk.run_tiles for chunk in self.chunks)


@dataclass(frozen=True)
class AxisWalk:
    """How one axis of a depthwise convolution streams through the window; see ``depthwise_walk.py``.

    The grid is every ``grid``-th pixel. Outputs ``phase``, ``phase + phases``, ... are convolved at once, ``stride``
    grid pixels apart. A pass multiplies the kernel's taps that it lists with neighbouring grid pixels.
    """

    phases: int
    grid: int
    stride: int
    passes: tuple[tuple[int, ...], ...]

    def outputs(self, phase: int, first: int, count: int) -> range:
        """Those of ``count`` outputs from ``first`` on that belong to a phase."""
        return range(first + (phase - first) % self.phases, first + count, self.phases)


@dataclass(frozen=True)
class LaneChunk:
    """Output channels that the lanes of the DEPTHWISE engine compute at once: at most as many as there are columns.

    Lane 0 multiplies channel ``first_input``, the last one in use ``first_input + inputs - 1``. ``weight_bases``
    has a block of weights for each pass, those of the kernel's rows outside, of its columns inside.
    """

    first_output: int
    outputs: int
    first_input: int
    inputs: int
    weight_bases: tuple[int, ...]
    parameter_base: int


@dataclass(frozen=True)
class TapConvolution:
    """A convolution whose outputs see one input channel each, with its requantisation, for the DEPTHWISE engine.

    ``block`` is the largest block, in output rows and columns of all phases.
    """

    geometry: Geometry
    rows: AxisWalk
    cols: AxisWalk
    block: tuple[int, int]
    source: int
    output: int
    chunks: tuple[LaneChunk, ...]
    pad_value: int
    out_zero: int
    clamp: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Layer:
    """One operator and the work that computes its output: a convolution, or loop nests in order.

    ``packing`` is a :class:`Packing`, with the number of pixels that are computed together if that is not one.
    ``narrow_macs`` are multiply-accumulates that the engine could do in the layer's slots if its channels were not
    too few. ``preparation`` are loop nests that a convolution needs first, into buffers that only this layer uses.
    """

    operator: Operator
    work: Convolution | TapConvolution | tuple[VectorNest, ...]
    macs: int = 0
    packing: str | None = None
    narrow_macs: int = 0
    preparation: tuple[VectorNest, ...] = ()

    @property
    def functions(self) -> frozenset[Function]:
        """What VECTOR has to be able to do for it, beside ``REQUANTIZE``."""
        nests = (*self.preparation, *(self.work if isinstance(self.work, tuple) else ()))
        gathers = isinstance(self.work, Convolution) and self.work.gather is not None
        copies = frozenset({Function.MAXIMUM}) if gathers else frozenset()
        return copies.union(nest.function for nest in nests)


@dataclass(frozen=True, eq=False)
class Lowered:
    """A whole network: layers in order, the memory contents that they read, and who lives where.

    ``tensor_buffers`` maps tensors that have bytes in the scratchpad to buffers; ``parameters`` are rows of
    {bias, multiplier, shift}.
    """

    layers: tuple[Layer, ...]
    buffers: tuple[Buffer, ...]
    tensor_buffers: Mapping[int, int]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    weights: bytes
    parameters: NDArray[np.int64]


def layer_buffers(layer: Layer) -> tuple[int, ...]:
    """Buffers that a layer uses; the last is its output."""
    work = layer.work
    nests = layer.preparation if isinstance(work, Convolution | TapConvolution) else work
    used = [operand.buffer for nest in nests for operand in (nest.a, nest.b, nest.out) if operand is not None]
    if isinstance(work, Convolution | TapConvolution):
        used.append(work.source)
        if isinstance(work, Convolution) and work.gather is not None:
            used.append(work.gather.source)
        return (*dict.fromkeys(used), work.output)
    return (*dict.fromkeys(used), work[0].out.buffer)
