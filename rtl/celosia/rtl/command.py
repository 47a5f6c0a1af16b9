"""The commands an accelerator runs: one record per engine.

These structs are the single definition of the instruction set. ``command_code.py`` assembles and reads them for the
compiler and the functional model, and the hardware views the same bits.
``docs/machine.md`` says what each field makes the engine do.

A record starts with a :class:`Header` and is padded with zeros to whole 64-bit program words, so every
engine's record has a fixed length: :func:`record_words`.
"""

from enum import IntEnum
from functools import cache

from amaranth.hdl import Shape, signed, unsigned
from amaranth.lib import data, enum

from celosia.rtl.config import AcceleratorConfig

PROGRAM_WORD_BITS = 64
TIMELINE_BITS = 16


class Opcode(enum.Enum, shape=unsigned(4)):
    """Which engine a record is for; ``END`` closes a program."""

    END = 0
    MATRIX = 1
    VECTOR = 2
    DEPTHWISE = 3


class Function(enum.Enum, shape=unsigned(3)):
    """What the VECTOR engine does with its operands."""

    REQUANTIZE = 0
    """Accumulator word -> bias, multiply, shift -> byte."""
    ADD = 1
    """Two scratchpad tensors, each brought to a common scale, added, requantised."""
    MULTIPLY = 2
    """Two scratchpad tensors, offset-corrected, multiplied, requantised."""
    SUM = 3
    """Sum over a window of one scratchpad tensor, requantised: average pooling and mean."""
    MAXIMUM = 4
    """Maximum over a window of one scratchpad tensor, clamped; a 1x1 window copies, low == high fills."""
    TABLE = 5
    """256-entry table applied to each byte of one scratchpad tensor."""


class Rounding(enum.Enum, shape=unsigned(1)):
    """How a requantisation rounds; see ``docs/numerics.md``."""

    DOUBLE = 0
    """Two roundings, as TFLite Micro does: half up at bit 31, then half away from zero."""
    SINGLE = 1
    """One rounding, half up."""


class Engine(IntEnum):
    """Index of each engine in the timeline."""

    MATRIX = 0
    VECTOR = 1
    DEPTHWISE = 2

    @property
    def opcode(self) -> Opcode:
        """Opcode of its commands."""
        return Opcode[self.name]


def engines_of(config: AcceleratorConfig) -> tuple[Engine, ...]:
    """The engines of a machine: all, or all but DEPTHWISE. The opcodes of the others are unknown to it."""
    return tuple(engine for engine in Engine if engine is not Engine.DEPTHWISE or config.depthwise_taps)


@cache
def functions_of(config: AcceleratorConfig) -> tuple[Function, ...]:
    """The functions of a machine's VECTOR engine: ``REQUANTIZE``, and those that the configuration names."""
    names = config.vector_functions.split(",")
    return tuple(
        function for function in Function if function is Function.REQUANTIZE or function.name.lower() in names
    )


class Header(data.Struct):
    """First bits of every record: whom it is for, and what it waits for.

    A command starts when, for each engine, that engine has retired at least ``wait_*`` commands since the
    program started.
    """

    opcode: Opcode
    wait_matrix: TIMELINE_BITS
    wait_vector: TIMELINE_BITS
    wait_depthwise: TIMELINE_BITS


class EndCommand(data.Struct):
    """End of the program: done once every earlier command has retired."""

    header: Header


class MatrixCommand(data.Struct):
    """One block of output pixels times one group of up to ``cols`` output channels, all taps.

    For ky, kx, tile (outer), y, x (inner)::

        row     = start_y + y * y_stride + ky * ky_stride
        column  = start_x + x * x_step + kx * kx_step + tile * rows           (bytes)
        address = start_address + y * y_step + ky * ky_step + (column - start_x)
        lane i  = scratchpad[address + i] if 0 <= row < height and 0 <= column + i < row_bytes
                  else pad_value
    """

    header: Header
    weight_base: 26  # first weight word; tiles follow each other in loop order
    tile_count: 24  # kernel_rows * kernel_cols * run_tiles
    start_address: signed(26)  # scratchpad byte of (ky, kx, tile, y, x) = 0; may lie before the tensor
    start_y: signed(16)
    start_x: signed(26)  # bytes from the start of the row
    height: 16  # rows of the input
    row_bytes: 24  # bytes of an input row that are not padding
    y_stride: 8  # input rows from one output row to the next
    ky_stride: 8  # input rows from one kernel row to the next: the dilation
    y_step: signed(26)  # bytes, y_stride input rows
    ky_step: signed(26)  # bytes, ky_stride input rows
    x_step: 20  # bytes from one output column to the next
    kx_step: 20  # bytes from one kernel column to the next
    kernel_rows: 10
    kernel_cols: 10
    run_tiles: 16  # tiles that cover one contiguous run of input bytes
    block_rows: 16
    block_cols: 16
    accumulator_base: 16  # entry of pixel (0, 0); the upper half starts at accumulator_depth / 2
    accumulate: 1  # 0: the first tile overwrites the entries, 1: it adds to them
    pad_value: signed(8)


class VectorCommand(data.Struct):
    """One block of output pixels times ``channels`` bytes.

    For y, x, lane group g, window row wy, window column wx (innermost)::

        a   = A[a_address + y * a_row_step + x * a_col_step + wy * window_row_step + wx * window_col_step
                + g * vector_lanes]
        b   = B[b_address + y * b_row_step + x * b_col_step + g * vector_lanes]
        out = scratchpad[out_address + y * out_row_step + x * out_col_step + g * vector_lanes]

    For ``REQUANTIZE``, A is the accumulators, MATRIX's or DEPTHWISE's: the entry is ``a_address + y *
    a_row_step + x * a_col_step`` and the lane group selects its columns. Otherwise A and B are scratchpad
    bytes. A pixel's parameters come from parameter word ``base + (g if per_channel else 0)``, where ``base`` is
    ``parameter_base`` or, with ``per_pixel``, from the second pixel on, the word after the last pixel's; table entries
    from the biases of the 64 consecutive entries at ``parameter_base``.
    """

    header: Header
    function: Function
    rounding: Rounding
    per_channel: 1
    per_pixel: 1  # each pixel has parameters of its own: pixels that are groups of one pixel's channels
    load_table: 1  # TABLE: fetch the table first; 0 keeps the one that is there
    from_depthwise: 1  # REQUANTIZE: 0 reads MATRIX's accumulators, 1 DEPTHWISE's
    parameter_base: 20
    a_address: 24
    a_row_step: 24
    a_col_step: 20
    window_rows: 12
    window_cols: 12
    window_row_step: 24
    window_col_step: 20
    b_address: 24
    b_row_step: 24
    b_col_step: 20
    out_address: 24
    out_row_step: 24
    out_col_step: 20
    block_rows: 16
    block_cols: 16
    channels: 24  # bytes per pixel
    a_zero: signed(8)
    b_zero: signed(8)
    scaled_operand: 1  # ADD: which operand (0: A, 1: B) scale_multiplier belongs to; the other is halved
    scale_multiplier: 31
    scale_shift: 5  # right shift, after the multiplication's own 31
    out_zero: signed(8)
    clamp_low: signed(8)
    clamp_high: signed(8)


class DepthwiseCommand(data.Struct):
    """One block of output pixels times one group of up to ``cols`` channels, one window of taps.

    With K = ``config.depthwise_rows``, pixels stream in the order of r (outer), c (inner)::

        row     = start_y + r
        column  = start_x + c                                       (in steps of the streamed grid)
        address = start_address + r * row_step + c * col_step
        pixel[r][c][lane] = scratchpad[address + select[lane]]
                            if 0 <= row < height and 0 <= column < width else pad_value

    and for y < (stream_rows - K) / y_stride + 1, x < (stream_cols - 3) / x_stride + 1, both exact::

        sum[y][x][lane] = sum over ky < K, kx < 3 of
                          weight[3 * ky + kx][lane] * pixel[y * y_stride + ky][x * x_stride + kx][lane]

    Entry ``accumulator_base + y * columns of the block + x`` of DEPTHWISE's own accumulators takes the sum. The
    weights are ``3 * K + 1`` rows of ``cols`` bytes from weight word ``weight_base`` on: one row for each tap,
    then ``select``, unsigned.
    """

    header: Header
    weight_base: 26  # first weight word
    start_address: signed(26)  # scratchpad byte of pixel (0, 0), channel 0; may lie before the tensor
    start_y: signed(16)  # row and column of pixel (0, 0)
    start_x: signed(16)
    height: 16  # rows and columns of the streamed grid that are not padding
    width: 16
    row_step: signed(26)  # bytes from one row of the grid to the next
    col_step: 24  # bytes from one column of the grid to the next
    stream_rows: 16  # rows of the grid that the block needs, padding included
    stream_cols: 16  # at most depthwise_line if K is 3
    y_stride: 8  # grid rows from one output row to the next
    x_stride: 8
    accumulator_base: (
        16  # entry of the first output; the upper half starts at depthwise_accumulator_depth / 2
    )
    accumulate: 1  # 0: the sums overwrite the entries, 1: they are added to them
    pad_value: signed(8)


class Parameter(data.Struct):
    """One channel's requantisation: ``(acc + bias) * multiplier``, rounded, shifted right by ``shift``."""

    bias: signed(32)
    multiplier: 31
    shift: 6  # 1 to 62: 31 plus the right shift (or minus the left shift) of TFLite's quantised multiplier


Record = MatrixCommand | VectorCommand | DepthwiseCommand | EndCommand

RECORDS: dict[Opcode, type[data.Struct]] = {
    Opcode.END: EndCommand,
    Opcode.MATRIX: MatrixCommand,
    Opcode.VECTOR: VectorCommand,
    Opcode.DEPTHWISE: DepthwiseCommand,
}


@cache
def record_words(opcode: Opcode) -> int:
    """Program words of a record."""
    return -(-Shape.cast(RECORDS[opcode]).width // PROGRAM_WORD_BITS)


def timeline_bits(config: AcceleratorConfig) -> int:
    """Bits that count the commands of an engine: of as many records as the program memory holds."""
    shortest = min(record_words(engine.opcode) for engine in engines_of(config))
    most = 8 * config.program_bytes // PROGRAM_WORD_BITS // shortest
    return min(TIMELINE_BITS, max(1, most.bit_length()))
