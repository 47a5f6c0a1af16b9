"""The machine once more, in plain Python integers and loops written down from ``docs/machine.md``.

Slow and obvious: what the functional model is compared with.
"""

from typing import Any

from celosia.rtl.command import Function, Rounding
from celosia.rtl.config import AcceleratorConfig


class PlainMachine:
    """Memories as dictionaries and lists, commands as the nested loops of their docstrings."""

    def __init__(
        self,
        config: AcceleratorConfig,
        scratchpad: list[int],
        weights: list[int],
        parameters: list[tuple[int, int, int]],
    ) -> None:
        self.config = config
        self.scratchpad = scratchpad
        self.weights = weights
        self.parameters = parameters
        self.accumulators = [[0] * config.cols for _ in range(config.accumulator_depth)]
        self.depthwise_accumulators = [[0] * config.cols for _ in range(config.depthwise_accumulator_depth)]
        self.table: list[int] = []

    def matrix(self, f: dict[str, Any]) -> None:
        """One ``MatrixCommand``."""
        rows, cols = self.config.rows, self.config.cols
        number = 0
        for ky in range(f["kernel_rows"]):
            for kx in range(f["kernel_cols"]):
                for tile in range(f["run_tiles"]):
                    first = f["weight_base"] * self.config.weight_word_bytes + number * rows * cols
                    for y in range(f["block_rows"]):
                        for x in range(f["block_cols"]):
                            row = f["start_y"] + y * f["y_stride"] + ky * f["ky_stride"]
                            column = f["start_x"] + x * f["x_step"] + kx * f["kx_step"] + tile * rows
                            address = f["start_address"] + y * f["y_step"] + ky * f["ky_step"]
                            address += column - f["start_x"]
                            vector = []
                            for i in range(rows):
                                inside = 0 <= row < f["height"] and 0 <= column + i < f["row_bytes"]
                                byte = (
                                    self.scratchpad[(address + i) % (1 << 24)] if inside else f["pad_value"]
                                )
                                vector.append(byte)
                            entry = self.accumulators[f["accumulator_base"] + y * f["block_cols"] + x]
                            for j in range(cols):
                                total = sum(
                                    vector[i] * self.weights[first + i * cols + j] for i in range(rows)
                                )
                                if number > 0 or f["accumulate"]:
                                    total += entry[j]
                                entry[j] = wrap(total, self.config.accumulator_width)
                    number += 1

    def depthwise(self, f: dict[str, Any]) -> None:
        """One ``DepthwiseCommand``."""
        cols, taps = self.config.cols, self.config.depthwise_taps
        first = f["weight_base"] * self.config.weight_word_bytes
        weight = [self.weights[first + tap * cols :][:cols] for tap in range(taps + 1)]
        rows = (f["stream_rows"] - taps // 3) // f["y_stride"] + 1
        block_cols = (f["stream_cols"] - 3) // f["x_stride"] + 1
        for y in range(rows):
            for x in range(block_cols):
                entry = self.depthwise_accumulators[f["accumulator_base"] + y * block_cols + x]
                for lane in range(cols):
                    total = entry[lane] if f["accumulate"] else 0
                    for tap in range(taps):
                        r = y * f["y_stride"] + tap // 3
                        c = x * f["x_stride"] + tap % 3
                        total += weight[tap][lane] * self._pixel(f, r, c, weight[taps][lane] % 256)
                    entry[lane] = wrap(total, self.config.accumulator_width)

    def _pixel(self, f: dict[str, Any], r: int, c: int, select: int) -> int:
        if 0 <= f["start_y"] + r < f["height"] and 0 <= f["start_x"] + c < f["width"]:
            return self._byte(f["start_address"] + r * f["row_step"] + c * f["col_step"] + select)
        return int(f["pad_value"])

    def vector(self, f: dict[str, Any]) -> None:
        """One ``VectorCommand``."""
        lanes = self.config.vector_lanes
        if f["function"] is Function.TABLE and f["load_table"]:
            entries = self.parameters[f["parameter_base"] * lanes :][:64]
            self.table = [wrap(bias >> 8 * byte, 8) for bias, _, _ in entries for byte in range(4)]
        for y in range(f["block_rows"]):
            for x in range(f["block_cols"]):
                for c in range(f["channels"]):
                    group, lane = divmod(c, lanes)
                    word = f["parameter_base"] + (group if f["per_channel"] else 0)
                    if f["per_pixel"]:
                        words = -(-f["channels"] // lanes) if f["per_channel"] else 1
                        word += (y * f["block_cols"] + x) * words
                    value = self._element(f, y, x, c, word * lanes + lane)
                    out = f["out_address"] + y * f["out_row_step"] + x * f["out_col_step"] + c
                    low, high = f["clamp_low"], f["clamp_high"]
                    self.scratchpad[out % (1 << 24)] = max(low, min(high, value))

    def _element(self, f: dict[str, Any], y: int, x: int, c: int, entry: int) -> int:
        a_address = f["a_address"] + y * f["a_row_step"] + x * f["a_col_step"]
        b_address = f["b_address"] + y * f["b_row_step"] + x * f["b_col_step"] + c
        window = [
            a_address + wy * f["window_row_step"] + wx * f["window_col_step"] + c
            for wy in range(f["window_rows"])
            for wx in range(f["window_cols"])
        ]
        match f["function"]:
            case Function.REQUANTIZE:
                sums = self.depthwise_accumulators if f["from_depthwise"] else self.accumulators
                value = sums[a_address][c]
            case Function.ADD:
                a = self._byte(window[0]) - f["a_zero"]
                b = self._byte(b_address) - f["b_zero"]
                scaled, other = (b, a) if f["scaled_operand"] else (a, b)
                value = scale(scaled, f["scale_multiplier"], f["scale_shift"]) + (other << 19)
            case Function.MULTIPLY:
                value = (self._byte(window[0]) - f["a_zero"]) * (self._byte(b_address) - f["b_zero"])
            case Function.SUM:
                value = sum(self._byte(address) for address in window)
            case Function.MAXIMUM:
                return max(map(self._byte, window))
            case Function.TABLE:
                return self.table[self._byte(window[0]) % 256]
        bias, multiplier, shift = self.parameters[entry]
        if multiplier == shift == 0:
            return f["out_zero"]
        return requantize(wrap(value + bias, 32), multiplier, shift, f["rounding"]) + f["out_zero"]

    def _byte(self, address: int) -> int:
        return self.scratchpad[address % (1 << 24)]


def wrap(value: int, bits: int) -> int:
    """The two's complement number that the low ``bits`` of a value are."""
    low = value % (1 << bits)
    return low - (1 << bits) if low >> (bits - 1) else low


def requantize(x: int, multiplier: int, shift: int, rounding: Rounding) -> int:
    """The formula of ``docs/machine.md``."""
    constant = 1 << (shift - 1)
    if rounding is Rounding.DOUBLE and shift > 31:
        constant += 1 << 30 if x >= 0 else -(1 << 30)
    return (x * multiplier + constant) >> shift


def scale(x: int, multiplier: int, r: int) -> int:
    """TFLite's ``MultiplyByQuantizedMultiplier(x << 20, multiplier, -r)``, from its two own steps."""
    high = ((x << 20) * multiplier + (1 << 30)) >> 31
    if r == 0:
        return high
    mask = (1 << r) - 1
    threshold = (mask >> 1) + (1 if high < 0 else 0)
    return (high >> r) + (1 if high & mask > threshold else 0)
