"""The VECTOR engine of the functional model: one command at a time, all its elements at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from celosia.rtl.command import Engine, Function, Rounding
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.device import DeviceError
from celosia.runtime.model_footprint import (
    ADDRESS_MASK,
    NOTHING,
    Footprint,
    accumulator_halves,
    checked_addresses,
    checked_counts,
    checked_range,
)
from celosia.runtime.model_memory import ModelMemory

TABLE_ENTRIES = 64
WINDOW_FUNCTIONS = (Function.SUM, Function.MAXIMUM)

Integers = NDArray[np.int64]


class VectorModel:
    """Executes ``VectorCommand`` records; keeps the table from one command to the next.

    ``docs/machine.md`` and the record's docstring define the result.
    """

    def __init__(self, config: AcceleratorConfig, memory: ModelMemory) -> None:
        self._config = config
        self._memory = memory
        self._table: Integers | None = None

    def run(self, fields: dict[str, Any]) -> Footprint:
        """Execute one command.

        Raises :class:`DeviceError` for an access beyond a memory, a zero count, a window on a function
        without one, a shift out of 1..62, or a table that was never loaded.
        """
        checked_counts(fields, "window_rows", "window_cols", "block_rows", "block_cols", "channels")
        function = fields["function"]
        if function not in WINDOW_FUNCTIONS and (fields["window_rows"], fields["window_cols"]) != (1, 1):
            raise DeviceError(f"{function.name} has no window, so its sizes must be 1, not more")
        reads, halves, summed_by = [], frozenset[int](), Engine.MATRIX
        match function:
            case Function.REQUANTIZE:
                summed_by = Engine.DEPTHWISE if fields["from_depthwise"] else Engine.MATRIX
                value, halves = self._accumulators(fields, summed_by)
                result = self._requantized(fields, value)
            case Function.ADD:
                a, b = self._operand(fields, "a"), self._operand(fields, "b")
                reads = [a, b]
                result = self._requantized(fields, _scaled_sum(fields, self._bytes(a), self._bytes(b)))
            case Function.MULTIPLY:
                a, b = self._operand(fields, "a"), self._operand(fields, "b")
                reads = [a, b]
                product = (self._bytes(a) - fields["a_zero"]) * (self._bytes(b) - fields["b_zero"])
                result = self._requantized(fields, product)
            case Function.SUM:
                reads = self._window(fields)
                total = np.sum([self._bytes(row).sum(axis=3) for row in reads], axis=0)
                result = self._requantized(fields, total)
            case Function.MAXIMUM:
                reads = self._window(fields)
                result = np.max([self._bytes(row).max(axis=3) for row in reads], axis=0)
            case Function.TABLE:
                reads = [self._operand(fields, "a")]
                result = self._look_up(fields, self._bytes(reads[0]) & 0xFF)
        clamped = np.clip(result, fields["clamp_low"], fields["clamp_high"])
        out = self._addresses(fields, "out", "VECTOR writes")
        self._memory.scratchpad[out] = clamped
        return Footprint(
            reads=_flat(reads),
            read_turns=_flat([self._turns(addresses) for addresses in reads]),
            writes=out.reshape(-1),
            write_turns=self._turns(out).reshape(-1),
            halves=halves,
            summed_by=summed_by,
        )

    def _addresses(self, fields: dict[str, Any], operand: str, what: str) -> Integers:
        """Scratchpad addresses (y, x, channel) of an operand."""
        y = np.arange(fields["block_rows"], dtype=np.int64)[:, None, None]
        x = np.arange(fields["block_cols"], dtype=np.int64)[None, :, None]
        addresses = (
            fields[f"{operand}_address"]
            + y * fields[f"{operand}_row_step"]
            + x * fields[f"{operand}_col_step"]
            + np.arange(fields["channels"])
        )
        return checked_addresses(addresses, self._config.scratchpad_bytes, what)

    def _operand(self, fields: dict[str, Any], operand: str) -> Integers:
        return self._addresses(fields, operand, f"VECTOR reads operand {operand.upper()} from")

    def _window(self, fields: dict[str, Any]) -> list[Integers]:
        """Operand A's addresses (y, x, channel, window column), one array a window row."""
        base = self._operand(fields, "a")[..., None]
        columns = base + np.arange(fields["window_cols"]) * fields["window_col_step"]
        return [
            checked_addresses(
                columns + row * fields["window_row_step"],
                self._config.scratchpad_bytes,
                "VECTOR reads its window from",
            )
            for row in range(fields["window_rows"])
        ]

    def _bytes(self, addresses: Integers) -> Integers:
        return self._memory.scratchpad[addresses].astype(np.int64)

    def _turns(self, addresses: Integers) -> Integers:
        """Each address's element in issue order: pixel by pixel, lane group by lane group."""
        rows, cols, channels = addresses.shape[:3]
        groups = np.arange(channels) // self._config.vector_lanes
        turns = np.arange(rows * cols).reshape(rows, cols, 1) * (int(groups[-1]) + 1) + groups
        return np.broadcast_to(turns.reshape(turns.shape + (1,) * (addresses.ndim - 3)), addresses.shape)

    def _accumulators(self, fields: dict[str, Any], owner: Engine) -> tuple[Integers, frozenset[int]]:
        memory = self._memory
        sums = memory.depthwise_accumulators if owner is Engine.DEPTHWISE else memory.accumulators
        checked_range(0, fields["channels"], self._config.cols, "REQUANTIZE reads columns")
        y = np.arange(fields["block_rows"])[:, None]
        entries = (
            fields["a_address"]
            + y * fields["a_row_step"]
            + np.arange(fields["block_cols"]) * fields["a_col_step"]
        ) & ADDRESS_MASK
        first, last = int(entries.min()), int(entries.max())
        checked_range(first, last - first + 1, len(sums), f"REQUANTIZE reads {owner.name} entries")
        return sums[entries][..., : fields["channels"]], accumulator_halves(len(sums), first, last)

    def _requantized(self, fields: dict[str, Any], value: Integers) -> Integers:
        """Bias (a 32-bit sum, like TFLite's), multiplier, shift and zero point of each pixel's channels."""
        lanes = self._config.vector_lanes
        channel = np.arange(fields["channels"])
        used = channel if fields["per_channel"] else channel % lanes
        if fields["per_pixel"]:
            pixels = np.arange(value.shape[0] * value.shape[1]).reshape(*value.shape[:2], 1)
            used = used + pixels * (int(used.max()) // lanes + 1) * lanes
        first = fields["parameter_base"] * lanes
        parameters = self._memory.parameters()
        checked_range(first, int(used.max()) + 1, len(parameters.bias), "VECTOR reads parameter entries")
        bias, multiplier, shift = (
            column[first + used] for column in (parameters.bias, parameters.multiplier, parameters.shift)
        )
        empty = (multiplier == 0) & (shift == 0)
        wrong = ~empty & ((shift < 1) | (shift > 62))
        if wrong.any():
            raise DeviceError(f"shift of a parameter must be in 1..62, not {int(shift[wrong][0])}")
        shift = np.where(empty, 1, shift)
        x = ((value + bias + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
        constant = np.int64(1) << (shift - 1)
        nudge = np.where((fields["rounding"] is Rounding.DOUBLE) & (shift > 31), 1 << 30, 0)
        product: Integers = x * multiplier + constant + np.where(x >= 0, nudge, -nudge)
        result: Integers = (product >> shift) + fields["out_zero"]
        return result

    def _look_up(self, fields: dict[str, Any], index: Integers) -> Integers:
        if fields["load_table"]:
            parameters = self._memory.parameters()
            first = fields["parameter_base"] * self._config.vector_lanes
            checked_range(first, TABLE_ENTRIES, len(parameters.bias), "TABLE loads parameter entries")
            words = parameters.bias[first : first + TABLE_ENTRIES].astype("<i4")
            self._table = words.view(np.int8).astype(np.int64)
        if self._table is None:
            raise DeviceError("TABLE uses a table that no command has loaded")
        return self._table[index]


def _scaled_sum(fields: dict[str, Any], a: Integers, b: Integers) -> Integers:
    """Both operands of an addition at the common scale of 2^20 steps to the larger one's two."""
    scaled, other = a - fields["a_zero"], b - fields["b_zero"]
    if fields["scaled_operand"]:
        scaled, other = other, scaled
    product, shift = scaled * fields["scale_multiplier"], fields["scale_shift"]
    nudge = np.where(scaled >= 0, 1 << 10, -(1 << 10)) if shift else 0
    total: Integers = ((product + (1 << 10 + shift) + nudge) >> 11 + shift) + (other << 19)
    return total


def _flat(parts: list[Integers]) -> Integers:
    return np.concatenate([part.reshape(-1) for part in parts]) if parts else NOTHING
