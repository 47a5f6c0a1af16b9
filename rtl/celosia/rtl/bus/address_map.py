"""The host address map: where registers and memories lie, and how their contents are laid out there.

The hardware's address decoder, the functional model and the host driver all read this file.
``docs/machine.md`` has the same tables in prose. Addresses are byte addresses.
"""

from enum import IntEnum, IntFlag
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from celosia.rtl.command import PROGRAM_WORD_BITS, Engine
from celosia.rtl.config import AcceleratorConfig, power_of_two_at_least

ADDRESS_BITS = 32
REGION_BITS = 28
"""Bits of an offset within a region; the bits above it choose the region."""

IDENTITY_VALUE = int.from_bytes(b"CELO", "little")
VERSION_VALUE = 1

PROGRAM_WORD_BYTES = PROGRAM_WORD_BITS // 8
PARAMETER_ENTRY_BYTES = 16
ACCUMULATOR_COLUMN_BYTES = 4
REGISTER_BYTES = 8


class Region(IntEnum):
    """Bits 31:28 of an address."""

    REGISTERS = 0
    PROGRAM = 1
    WEIGHTS = 2
    PARAMETERS = 3
    SCRATCHPAD = 4
    ACCUMULATORS = 5
    DEPTHWISE_ACCUMULATORS = 6

    @property
    def base(self) -> int:
        """Address of the region's first byte."""
        return self.value << REGION_BITS


class Register(IntEnum):
    """Offsets of the registers; each has ``REGISTER_BYTES`` and its value in the low 32 bits."""

    IDENTITY = 0x00
    VERSION = 0x08
    CONFIG_DIGEST = 0x10
    CLOCK_HZ = 0x18
    CONTROL = 0x20
    STATUS = 0x28
    CYCLES = 0x30
    PROGRAM_DIGEST = 0x38


class InterruptRegister(IntEnum):
    """Offsets of the registers that accelerators behind a system bus have besides.

    PENDING's bit 0 is set when a program stops, and cleared by writing 1 to it; ENABLE's bit 0 lets it interrupt.
    """

    PENDING = 0x800
    ENABLE = 0x808


class Status(IntFlag):
    """Bits of the STATUS register."""

    RUNNING = 1
    ENDED = 2
    UNKNOWN_OPCODE = 4


class Counter(IntEnum):
    """Index of each of an engine's counters: commands retired, then cycles its front end spent in a state."""

    COMMANDS = 0
    BUSY = 1
    EMPTY = 2
    DEPENDENCY = 3
    OPERANDS = 4
    BANK = 5


def counters_of(config: AcceleratorConfig) -> tuple[Counter, ...]:
    """The counters of an engine: all, or those that are there anyway. The others read as zero."""
    return tuple(Counter) if config.performance_counters else (Counter.COMMANDS,)


COUNTERS_OFFSET = 0x40
ENGINE_STRIDE = 0x40


def counter_address(engine: Engine, counter: Counter) -> int:
    """Address of one engine's counter."""
    return Region.REGISTERS.base + COUNTERS_OFFSET + engine * ENGINE_STRIDE + counter * REGISTER_BYTES


def weight_word_stride(config: AcceleratorConfig) -> int:
    """Bytes from one weight word to the next."""
    return power_of_two_at_least(max(config.weight_word_bytes, config.bus_width // 8))


def parameter_word_stride(config: AcceleratorConfig) -> int:
    """Bytes from one parameter word (an entry for each vector lane) to the next."""
    return PARAMETER_ENTRY_BYTES * power_of_two_at_least(config.vector_lanes)


def accumulator_entry_stride(config: AcceleratorConfig) -> int:
    """Bytes from one accumulator entry (a word for each column) to the next."""
    return ACCUMULATOR_COLUMN_BYTES * max(2, power_of_two_at_least(config.cols))


def region_bytes(config: AcceleratorConfig, region: Region) -> int:
    """Size of a region: offsets from here on belong to nothing."""
    match region:
        case Region.REGISTERS:
            return COUNTERS_OFFSET + len(Engine) * ENGINE_STRIDE
        case Region.PROGRAM:
            return config.program_bytes
        case Region.WEIGHTS:
            return config.weight_words * weight_word_stride(config)
        case Region.PARAMETERS:
            return config.parameter_words * parameter_word_stride(config)
        case Region.SCRATCHPAD:
            return config.scratchpad_bytes
        case Region.ACCUMULATORS:
            return config.accumulator_depth * accumulator_entry_stride(config)
        case Region.DEPTHWISE_ACCUMULATORS:
            depth = config.depthwise_accumulator_depth if config.depthwise_taps else 0
            return depth * accumulator_entry_stride(config)


def program_image(words: ArrayLike) -> bytes:
    """Bytes of the program region that hold 64-bit program words."""
    return np.asarray(words, np.uint64).astype("<u8").tobytes()


def weight_image(config: AcceleratorConfig, weights: bytes) -> bytes:
    """Bytes of the weights region that hold dense weight words, byte ``i * cols + j`` being row i, column j.

    Raises ``ValueError`` unless ``weights`` is whole weight words.
    """
    if len(weights) % config.weight_word_bytes:
        raise ValueError(
            f"weights must be a multiple of {config.weight_word_bytes} bytes, not {len(weights)!r}"
        )
    dense = np.frombuffer(weights, np.uint8).reshape(-1, config.weight_word_bytes)
    return _spread(dense, weight_word_stride(config)).tobytes()


def parameter_image(config: AcceleratorConfig, entries: ArrayLike) -> bytes:
    """Bytes of the parameters region that hold entries, ``vector_lanes`` of them a word.

    ``entries`` has the shape (n, 3): bias, multiplier, shift; the last word is filled up with zeros. Raises
    ``ValueError`` for another shape or a number that does not fit its field of
    :class:`~celosia.rtl.command.Parameter`.
    """
    values = np.asarray(entries, np.int64)
    if values.ndim != 2 or values.shape[1] != 3:
        raise ValueError(f"entries must have the shape (n, 3), not {values.shape!r}")
    for column, (name, low, high) in enumerate(
        (("bias", -(1 << 31), (1 << 31) - 1), ("multiplier", 0, (1 << 31) - 1), ("shift", 0, 63))
    ):
        wrong = values[(values[:, column] < low) | (values[:, column] > high), column]
        if wrong.size:
            raise ValueError(f"{name} must be in {low}..{high}, not {int(wrong[0])!r}")
    lanes = config.vector_lanes
    words = -(-len(values) // lanes)
    fields = np.zeros((words * lanes, PARAMETER_ENTRY_BYTES // 4), "<i4")
    fields[: len(values), :3] = values
    dense = fields.view(np.uint8).reshape(words, lanes * PARAMETER_ENTRY_BYTES)
    return _spread(dense, parameter_word_stride(config)).tobytes()


def accumulator_values(config: AcceleratorConfig, image: bytes) -> NDArray[np.int32]:
    """Accumulators (entries x columns) held by bytes read from either accumulators region."""
    columns = accumulator_entry_stride(config) // ACCUMULATOR_COLUMN_BYTES
    return np.frombuffer(image, "<i4").reshape(-1, columns)[:, : config.cols].astype(np.int32)


def _spread(dense: NDArray[Any], stride: int) -> NDArray[np.uint8]:
    spread = np.zeros((len(dense), stride), np.uint8)
    spread[:, : dense.shape[1]] = dense
    return spread
