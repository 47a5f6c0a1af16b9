"""What a DEPTHWISE command asks for, from the loop nest in ``DepthwiseCommand``'s docstring, and random ones."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from celosia.rtl.command import DepthwiseCommand, Opcode
from celosia.rtl.command_code import encode
from celosia.rtl.config import AcceleratorConfig

MOST_PIXELS = 150
STRIDES = (1, 1, 2, 3, 7)

Fields = dict[str, int]


@dataclass
class Pixel:
    """One streamed pixel of a command."""

    address: int | None  # None: padding
    command: int
    starts_command: bool


@dataclass
class Result:
    """One entry of the accumulators: the pixel that completes its window, its sums and its tag."""

    pixel: int  # place in the command
    sums: list[int]
    tag: tuple[int, int, int]  # address, accumulate, last


class Machine:
    """The memories that DEPTHWISE reads: random bytes, and weights whose selects are legal."""

    def __init__(self, config: AcceleratorConfig, random: np.random.Generator) -> None:
        self.config = config
        self.random = random
        self.scratchpad = random.integers(-128, 128, config.scratchpad_bytes)
        words = (config.weight_words, config.weight_rows_per_cycle, config.cols)
        self.weights = random.integers(-128, 128, words)
        self.bases = self._write_weights()

    def _write_weights(self) -> list[int]:
        """Fill the weight memory with commands' weights, with words in between; return where they begin."""
        config, bases, base = self.config, [], 0
        while base + config.depthwise_weight_words <= config.weight_words:
            bases.append(base)
            multiplier = int(self.random.integers(1, 4))
            if self.random.random() < 0.5:
                steps = self.random.integers(0, 2, config.cols)
                select = np.cumsum(steps) - steps[0]
            else:
                select = np.arange(config.cols) // multiplier
            row = config.depthwise_taps
            rows = config.weight_rows_per_cycle
            self.weights[base + row // rows, row % rows] = select
            base += config.depthwise_weight_words + int(self.random.integers(0, 3))
        return bases

    def bytes_at(self, address: int) -> NDArray[np.int64]:
        """What a read of ``cols`` bytes returns; random beyond the memory."""
        addresses = address + np.arange(self.config.cols)
        exists = addresses < len(self.scratchpad)
        found = self.scratchpad[np.where(exists, addresses, 0)]
        return np.where(exists, found, self.random.integers(-128, 128, self.config.cols))

    def run(self, fields: Fields, command: int) -> tuple[list[Pixel], list[Result]]:
        """Pixels and results of a command; ``ValueError`` if a byte lies beyond the scratchpad."""
        f, taps, window_rows = fields, self.config.depthwise_taps, self.config.depthwise_rows
        words = self.weights[f["weight_base"] :][: self.config.depthwise_weight_words]
        rows = words.reshape(-1, self.config.cols)
        weights, select = rows[:taps], rows[taps]
        streamed = np.full((f["stream_rows"], f["stream_cols"], self.config.cols), f["pad_value"])
        pixels: list[Pixel] = []
        for r in range(f["stream_rows"]):
            for c in range(f["stream_cols"]):
                inside = 0 <= f["start_y"] + r < f["height"] and 0 <= f["start_x"] + c < f["width"]
                address = f["start_address"] + r * f["row_step"] + c * f["col_step"]
                if inside:
                    used = address + select
                    if ((used < 0) | (used >= len(self.scratchpad))).any() or address < 0:
                        raise ValueError("a byte lies beyond the scratchpad")
                    streamed[r, c] = self.scratchpad[used]
                pixels.append(Pixel(address if inside else None, command, not pixels))
        block_rows = (f["stream_rows"] - window_rows) // f["y_stride"] + 1
        block_cols = (f["stream_cols"] - 3) // f["x_stride"] + 1
        results = []
        width = self.config.accumulator_width
        for y in range(block_rows):
            for x in range(block_cols):
                top, left = y * f["y_stride"], x * f["x_stride"]
                window = streamed[top : top + window_rows, left : left + 3].reshape(taps, -1)
                sums = ((window * weights).sum(axis=0) + (1 << width - 1)) % (1 << width) - (1 << width - 1)
                results.append(
                    Result(
                        pixel=(top + window_rows - 1) * f["stream_cols"] + left + 2,
                        sums=sums.tolist(),
                        tag=(
                            f["accumulator_base"] + y * block_cols + x,
                            f["accumulate"],
                            int(y == block_rows - 1 and x == block_cols - 1),
                        ),
                    )
                )
        return pixels, results

    def random_command(
        self, command: int, *, least_pixels: int = 1
    ) -> tuple[Fields, list[Pixel], list[Result]]:
        """A command with at least that many pixels."""
        while True:
            fields = self._block() | {
                "weight_base": int(self.random.choice(self.bases)),
                "accumulate": self._between(0, 1),
                "pad_value": self._between(-128, 127),
            }
            pixels = fields["stream_rows"] * fields["stream_cols"]
            if pixels < least_pixels or pixels > MOST_PIXELS:
                continue
            if self.config.depthwise_rows > 1 and fields["stream_cols"] > self.config.depthwise_line:
                continue
            try:
                streamed, results = self.run(fields | {"accumulator_base": 0}, command)
            except ValueError:
                continue
            spare = self.config.depthwise_accumulator_depth - len(results)
            if spare < 0:
                continue
            fields["accumulator_base"] = base = self._between(0, spare)
            for result in results:
                result.tag = (base + result.tag[0], *result.tag[1:])
            return fields, streamed, results

    def _between(self, least: int, most: int) -> int:
        return int(self.random.integers(least, most + 1))

    def _block(self) -> Fields:
        """A block of a convolution over a tensor at a random place, or at either end of the scratchpad."""
        channels = self._between(1, 2 * self.config.cols)
        height, width = self._between(1, 9), self._between(1, 9)
        row_step = width * channels + self._between(0, 3)
        spare = max(0, self.config.scratchpad_bytes - height * row_step)
        base = int(self.random.choice([0, spare, self._between(0, spare)]))
        start_y, start_x = self._between(-4, height), self._between(-4, width)
        y_stride, x_stride = (int(self.random.choice(STRIDES)) for _ in range(2))
        window_rows = self.config.depthwise_rows
        if self.random.random() < 0.1:  # everything is inside, wherever it starts
            height = width = (1 << 16) - 1
            start_y, start_x = ((1 << 15) - 1 - self._between(0, 6) for _ in range(2))
            base -= start_y * row_step + start_x * channels - self._between(0, 50)
        return {
            "start_address": base + start_y * row_step + start_x * channels,
            "start_y": start_y,
            "start_x": start_x,
            "height": height,
            "width": width,
            "row_step": row_step,
            "col_step": channels,
            "stream_rows": self._between(0, 3) * y_stride + window_rows,
            "stream_cols": self._between(0, 4) * x_stride + 3,
            "y_stride": y_stride,
            "x_stride": x_stride,
        }


def command_bits(fields: Fields, waits: dict[str, int]) -> int:
    """A command as the engine's port takes it."""
    words = encode(Opcode.DEPTHWISE, **waits, **fields)
    record = sum(word << 64 * index for index, word in enumerate(words))
    return record & (1 << DepthwiseCommand.as_shape().size) - 1


def pack(values: Any, width: int) -> int:
    """Numbers as one port's bits, first number lowest."""
    mask = (1 << width) - 1
    return sum((int(value) & mask) << width * index for index, value in enumerate(np.ravel(values)))
