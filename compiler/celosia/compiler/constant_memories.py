"""Contents of the weight and parameter memories, collected while layers are lowered."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from celosia.rtl.config import AcceleratorConfig


class WeightMemory:
    """Weight words, appended tile by tile."""

    def __init__(self, config: AcceleratorConfig) -> None:
        self._config = config
        self._parts: list[bytes] = []
        self._words = 0

    def append(self, tiles: NDArray[np.int8]) -> int:
        """Append tiles (last two axes rows and columns of the array); return the first weight word."""
        base = self._words
        self._parts.append(np.ascontiguousarray(tiles).tobytes())
        self._words += len(self._parts[-1]) // self._config.weight_word_bytes
        return base

    def image(self) -> bytes:
        """All weight words, densely."""
        return b"".join(self._parts)


class ParameterMemory:
    """Entries of {bias, multiplier, shift}; what is equal is stored once."""

    def __init__(self, config: AcceleratorConfig) -> None:
        self._lanes = config.vector_lanes
        self._parts: list[NDArray[np.int64]] = []
        self._words = 0
        self._known: dict[bytes, int] = {}

    def per_channel(self, bias: ArrayLike, multiplier: ArrayLike, shift: ArrayLike) -> int:
        """Append one entry a channel, from a fresh word on; return that word.

        ``shift`` is TFLite's, positive to the left; biases wrap at 32 bits, as the sums they are added to do.
        """
        bias = np.asarray(bias, np.int64)
        wrapped = ((bias + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
        columns = np.broadcast_arrays(wrapped, multiplier, 31 - np.asarray(shift, np.int64))
        return self._append(np.stack(columns, axis=-1).reshape(-1, 3))

    def per_tensor(self, bias: int, multiplier: int, shift: int) -> int:
        """One word with the same entry for every lane."""
        return self.per_channel(np.full(self._lanes, bias), multiplier, shift)

    def table(self, values: NDArray[np.int8]) -> int:
        """A table of 256 bytes in the biases of 64 entries."""
        biases = np.ascontiguousarray(values).view("<i4").astype(np.int64)
        return self._append(np.stack([biases, np.zeros_like(biases), np.zeros_like(biases)], axis=-1))

    def entries(self) -> NDArray[np.int64]:
        """All entries: (n, 3), whole words."""
        return np.concatenate(self._parts) if self._parts else np.zeros((0, 3), np.int64)

    def _append(self, entries: NDArray[np.int64]) -> int:
        words = -(-len(entries) // self._lanes)
        padded = np.zeros((words * self._lanes, 3), np.int64)
        padded[: len(entries)] = entries
        key = padded.tobytes()
        if key not in self._known:
            self._known[key] = self._words
            self._parts.append(padded)
            self._words += words
        return self._known[key]
