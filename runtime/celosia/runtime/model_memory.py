"""The memories of the functional model: bytes as the host sees them, and arrays as the engines do."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from celosia.rtl.bus.address_map import (
    ACCUMULATOR_COLUMN_BYTES,
    PARAMETER_ENTRY_BYTES,
    Region,
    accumulator_entry_stride,
    parameter_word_stride,
    region_bytes,
    weight_word_stride,
)
from celosia.rtl.config import AcceleratorConfig

PARAMETER_MASK = np.frombuffer(bytes.fromhex("ffffffff ffffff7f 3f000000 00000000"), np.uint8)
"""Which bits of a parameter entry exist: bias 32, multiplier 31, shift 6."""


@dataclass(frozen=True, eq=False)
class Parameters:
    """Parameter entries, ``vector_lanes`` of them a word, as int64 arrays of one dimension."""

    bias: NDArray[np.int64]
    multiplier: NDArray[np.int64]
    shift: NDArray[np.int64]


class ModelMemory:
    """All memories of a machine, zero at first.

    Attributes
    ----------
    program, weights, scratchpad
        Views of the memories: 64-bit words; (word, row, column) int8; int8.
    accumulators, depthwise_accumulators
        Of MATRIX and DEPTHWISE: (entry, column) int64 values within the accumulator width.
    """

    def __init__(self, config: AcceleratorConfig) -> None:
        self._config = config
        self._bytes = {
            region: np.zeros(region_bytes(config, region), np.uint8)
            for region in (Region.PROGRAM, Region.WEIGHTS, Region.PARAMETERS, Region.SCRATCHPAD)
        }
        self._mask = {
            Region.WEIGHTS: _existing_weights(config),
            Region.PARAMETERS: _existing_parameters(config),
        }
        self.program = self._bytes[Region.PROGRAM].view("<u8")
        self.weights = (
            self._bytes[Region.WEIGHTS]
            .view(np.int8)
            .reshape(config.weight_words, -1)[:, : config.weight_word_bytes]
            .reshape(config.weight_words, config.weight_rows_per_cycle, config.cols)
        )
        self.scratchpad = self._bytes[Region.SCRATCHPAD].view(np.int8)
        self.accumulators = np.zeros((config.accumulator_depth, config.cols), np.int64)
        depthwise_depth = config.depthwise_accumulator_depth if config.depthwise_taps else 0
        self.depthwise_accumulators = np.zeros((depthwise_depth, config.cols), np.int64)
        self._sums = {
            Region.ACCUMULATORS: self.accumulators,
            Region.DEPTHWISE_ACCUMULATORS: self.depthwise_accumulators,
        }
        self._parameters: Parameters | None = None

    def parameters(self) -> Parameters:
        """Contents of the parameter memory."""
        if self._parameters is None:
            lanes = self._config.vector_lanes
            fields = (
                self._bytes[Region.PARAMETERS]
                .view("<i4")
                .reshape(self._config.parameter_words, -1, PARAMETER_ENTRY_BYTES // 4)[:, :lanes]
                .reshape(-1, PARAMETER_ENTRY_BYTES // 4)
                .astype(np.int64)
            )
            self._parameters = Parameters(fields[:, 0].copy(), fields[:, 1].copy(), fields[:, 2].copy())
        return self._parameters

    def host_write(self, region: Region, offset: int, data: bytes) -> None:
        """Write bytes of a region; those that no memory bit stands behind are lost."""
        window = slice(offset, offset + len(data))
        content = np.frombuffer(data, np.uint8)
        if region in self._mask:
            content = content & self._mask[region][window]
        self._bytes[region][window] = content
        if region is Region.PARAMETERS:
            self._parameters = None

    def host_read(self, region: Region, offset: int, size: int) -> bytes:
        """Read bytes of a region."""
        if region not in self._sums:
            return self._bytes[region][offset : offset + size].tobytes()
        stride = accumulator_entry_stride(self._config)
        first, last = offset // stride, -(-(offset + size) // stride)
        image = np.zeros((last - first, stride // ACCUMULATOR_COLUMN_BYTES), "<i4")
        image[:, : self._config.cols] = self._sums[region][first:last]
        start = offset - first * stride
        return image.tobytes()[start : start + size]


def _existing_weights(config: AcceleratorConfig) -> NDArray[np.uint8]:
    mask = np.zeros((config.weight_words, weight_word_stride(config)), np.uint8)
    mask[:, : config.weight_word_bytes] = 0xFF
    return mask.reshape(-1)


def _existing_parameters(config: AcceleratorConfig) -> NDArray[np.uint8]:
    word: NDArray[Any] = np.zeros(parameter_word_stride(config), np.uint8)
    word[: config.vector_lanes * PARAMETER_ENTRY_BYTES] = np.tile(PARAMETER_MASK, config.vector_lanes)
    return np.tile(word, config.parameter_words)
