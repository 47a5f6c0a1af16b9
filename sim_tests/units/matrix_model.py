"""What a MATRIX command asks for, written from the loop nest in ``MatrixCommand``'s docstring, and random ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from celosia.rtl.command import MatrixCommand, Opcode
from celosia.rtl.command_code import encode
from celosia.rtl.config import AcceleratorConfig

ADDRESS_SPACE = 1 << 24
MOST_VECTORS = 150

Fields = dict[str, int]


@dataclass
class Vector:
    """One vector of a command: what to read, what the array makes of it, and its place in the command."""

    address: int
    kept: NDArray[np.bool_]
    sums: list[int]
    tag: tuple[int, int, int]  # address, accumulate, last
    command: int
    starts_tile: bool
    starts_command: bool


class Machine:
    """The memories that MATRIX reads, full of random bytes."""

    def __init__(self, config: AcceleratorConfig, random: np.random.Generator) -> None:
        self.config = config
        self.random = random
        self.scratchpad = random.integers(-128, 128, config.scratchpad_bytes)
        self.weights = random.integers(
            -128, 128, (config.weight_words, config.weight_rows_per_cycle, config.cols)
        )

    def bytes_at(self, address: int) -> NDArray[np.int64]:
        """What a read of ``rows`` bytes returns; random beyond the memory."""
        addresses = (address + np.arange(self.config.rows)) % ADDRESS_SPACE
        exists = addresses < len(self.scratchpad)
        found = self.scratchpad[np.where(exists, addresses, 0)]
        return np.where(exists, found, self.random.integers(-128, 128, self.config.rows))

    def tile(self, first_word: int) -> NDArray[np.int64]:
        """The rows x cols weights from a weight word on."""
        words = self.weights[first_word : first_word + self.config.tile_words]
        return words.reshape(self.config.rows, self.config.cols)

    def vectors(self, fields: Fields, command: int) -> Iterator[Vector]:
        """The vectors of a command in loop order; ``ValueError`` if one reads beyond the scratchpad."""
        f, rows = fields, self.config.rows
        width = self.config.accumulator_width
        lanes = np.arange(rows)
        tile_index = 0
        for ky in range(f["kernel_rows"]):
            for kx in range(f["kernel_cols"]):
                for tile in range(f["run_tiles"]):
                    weights = self.tile(f["weight_base"] + tile_index * self.config.tile_words)
                    for y in range(f["block_rows"]):
                        for x in range(f["block_cols"]):
                            pixel = y * f["block_cols"] + x
                            row = f["start_y"] + y * f["y_stride"] + ky * f["ky_stride"]
                            moved = x * f["x_step"] + kx * f["kx_step"] + tile * rows
                            column = f["start_x"] + moved
                            address = f["start_address"] + y * f["y_step"] + ky * f["ky_step"] + moved
                            kept = (column + lanes >= 0) & (column + lanes < f["row_bytes"])
                            kept &= 0 <= row < f["height"]
                            used = (address + lanes)[kept]
                            if ((used < 0) | (used >= len(self.scratchpad))).any():
                                raise ValueError("a lane lies beyond the scratchpad")
                            vector = np.full(rows, f["pad_value"])
                            vector[kept] = self.scratchpad[used]
                            sums = (vector @ weights + (1 << width - 1)) % (1 << width) - (1 << width - 1)
                            last_tile = tile_index == f["tile_count"] - 1
                            last_pixel = pixel == f["block_rows"] * f["block_cols"] - 1
                            yield Vector(
                                address=address % ADDRESS_SPACE,
                                kept=kept,
                                sums=sums.tolist(),
                                tag=(
                                    f["accumulator_base"] + pixel,
                                    int(tile_index > 0 or f["accumulate"]),
                                    int(last_tile and last_pixel),
                                ),
                                command=command,
                                starts_tile=pixel == 0,
                                starts_command=pixel == 0 and tile_index == 0,
                            )
                    tile_index += 1

    def random_command(
        self, command: int, *, least_pixels: int = 1, most_pixels: int = MOST_VECTORS
    ) -> tuple[Fields, list[Vector]]:
        """A command with so many pixels: a convolution most often, arbitrary fields else."""
        while True:
            fields = self._convolution() if self.random.random() < 0.7 else self._anything()
            pixels = fields["block_rows"] * fields["block_cols"]
            tiles = fields["kernel_rows"] * fields["kernel_cols"] * fields["run_tiles"]
            words = self.config.weight_words - tiles * self.config.tile_words
            entries = self.config.accumulator_depth - pixels
            if (
                not least_pixels <= pixels <= most_pixels
                or self._leaves_range(fields)
                or pixels * tiles > MOST_VECTORS
                or words < 0
                or entries < 0
            ):
                continue
            fields |= {
                "tile_count": tiles,
                "weight_base": self._at_most(words),
                "accumulator_base": self._at_most(entries),
                "accumulate": self._at_most(1),
                "pad_value": self._between(-128, 127),
            }
            try:
                return fields, list(self.vectors(fields, command))
            except ValueError:
                continue

    def _leaves_range(self, fields: Fields) -> bool:
        """Whether rows or columns need more bits than the machine has for them."""
        f, most = fields, 1 << self.config.coordinate_bits - 1
        row = f["start_y"] + (f["block_rows"] - 1) * f["y_stride"] + (f["kernel_rows"] - 1) * f["ky_stride"]
        column = f["start_x"] + (f["block_cols"] - 1) * f["x_step"] + (f["kernel_cols"] - 1) * f["kx_step"]
        column += (f["run_tiles"] - 1) * self.config.rows
        return f["start_x"] < -most or max(row, column) >= most

    def _at_most(self, most: int) -> int:
        return self._between(0, most)

    def _between(self, least: int, most: int) -> int:
        return int(self.random.integers(least, most + 1))

    def _convolution(self) -> Fields:
        """A block of a convolution over a tensor at a random place, or at either end of the scratchpad."""
        rows = self.config.rows
        height, width, channels = self._between(1, 6), self._between(1, 6), self._between(1, 2 * rows)
        kernel_height, kernel_width = self._between(1, 3), self._between(1, 3)
        stride_y, stride_x = self._between(1, 3), self._between(1, 3)
        dilation_y, dilation_x = self._between(1, 2), self._between(1, 2)
        start_y = self._between(-kernel_height, height)
        start_column = self._between(-kernel_width, width)
        folded = dilation_x == 1
        run = channels * (kernel_width if folded else 1)
        row_bytes = width * channels
        spare = max(0, self.config.scratchpad_bytes - height * row_bytes)
        base = int(self.random.choice([0, spare, self._at_most(spare)]))
        return {
            "start_address": base + start_y * row_bytes + start_column * channels,
            "start_y": start_y,
            "start_x": start_column * channels,
            "height": height,
            "row_bytes": row_bytes,
            "y_stride": stride_y,
            "ky_stride": dilation_y,
            "y_step": stride_y * row_bytes,
            "ky_step": dilation_y * row_bytes,
            "x_step": stride_x * channels,
            "kx_step": 0 if folded else dilation_x * channels,
            "kernel_rows": kernel_height,
            "kernel_cols": 1 if folded else kernel_width,
            "run_tiles": -(-run // rows),
            "block_rows": self._between(1, 4),
            "block_cols": self._between(1, 5),
        }

    def _anything(self) -> Fields:
        """Fields that need not fit each other."""
        size = self.config.scratchpad_bytes
        return {
            "start_address": self._between(-30, size + 30),
            "start_y": self._between(-8, 8),
            "start_x": int(self.random.choice([self._between(-60, 60), self._between(-2 * size, 0)])),
            "height": int(self.random.choice([self._at_most(8), size])),
            "row_bytes": int(self.random.choice([self._at_most(60), size])),
            "y_stride": self._at_most(255),
            "ky_stride": self._at_most(3),
            "y_step": self._between(-40, 40),
            "ky_step": self._between(-40, 40),
            "x_step": self._at_most(20),
            "kx_step": self._at_most(20),
            "kernel_rows": self._between(1, 3),
            "kernel_cols": self._between(1, 3),
            "run_tiles": self._between(1, 3),
            "block_rows": self._between(1, 5),
            "block_cols": self._between(1, 5),
        }


def command_bits(fields: Fields, waits: dict[str, int]) -> int:
    """A command as the engine's port takes it."""
    words = encode(Opcode.MATRIX, **waits, **fields)
    record = sum(word << 64 * index for index, word in enumerate(words))
    return record & (1 << MatrixCommand.as_shape().size) - 1


def pack(values: Any, width: int) -> int:
    """Numbers as one port's bits, first number lowest."""
    mask = (1 << width) - 1
    return sum((int(value) & mask) << width * index for index, value in enumerate(np.ravel(values)))
