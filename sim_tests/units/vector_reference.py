"""What a VECTOR command does, operand by operand, in plain Python; and random commands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from celosia.rtl.command import Function, Rounding
from celosia.rtl.config import AcceleratorConfig

Fields = dict[str, Any]

ADDRESS_SPACE = 1 << 24
TABLE_ENTRIES = 64
BYTES = (-128, -127, -1, 0, 1, 126, 127)
IDENTITY = {"bias": 0, "multiplier": 1 << 30, "shift": 30}
WORDS = (-(1 << 31), -(1 << 31) + 1, -1, 0, 1, (1 << 31) - 1)


@dataclass
class Memories:
    """Contents of the memories around the engine, and the table inside it."""

    scratchpad: list[int]
    accumulators: tuple[list[list[int]], ...]  # MATRIX's, and DEPTHWISE's if there are any
    parameters: list[list[dict[str, int]]]
    table: list[int] = field(default_factory=lambda: [0] * 4 * TABLE_ENTRIES)


@dataclass(frozen=True)
class Operand:
    """One issue of the front end, and the element written after it, if it is the element's last."""

    read_address: int | None  # None: no byte of the scratchpad
    written: tuple[tuple[int, int], ...] | None  # (address, byte)
    first: bool = False  # of the command
    final: bool = False


def signed32(value: int) -> int:
    """``value`` wrapped to 32 bits."""
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


def requantize(value: int, parameter: dict[str, int], rounding: Rounding) -> int:
    """``requantize`` of docs/machine.md; nothing overflows."""
    shift = parameter["shift"]
    constant = (1 << shift) >> 1
    if rounding is Rounding.DOUBLE and shift > 31:
        constant += 1 << 30 if value >= 0 else -1 << 30
    return (value * parameter["multiplier"] + constant) >> shift


def scale(value: int, multiplier: int, shift: int) -> int:
    """``scale`` of docs/machine.md."""
    if shift == 0:
        return (value * multiplier + (1 << 10)) >> 11
    return (value * multiplier + (1 << 10 + shift) + (1 << 10 if value >= 0 else -1 << 10)) >> (11 + shift)


def execute(config: AcceleratorConfig, memories: Memories, command: Fields) -> list[Operand]:
    """Run one command on ``memories``; return what its cycles must do, in order."""
    if command["function"] is Function.TABLE and command["load_table"]:
        for entry in range(TABLE_ENTRIES):
            word = command["parameter_base"] + entry // config.vector_lanes
            bias = memories.parameters[word][entry % config.vector_lanes]["bias"]
            memories.table[4 * entry : 4 * entry + 4] = (bias & 0xFFFFFFFF).to_bytes(4, "little")
    operands: list[Operand] = []
    elements = list(_elements(config, command))
    for number, (offsets, group) in enumerate(elements):
        lanes = min(config.vector_lanes, command["channels"] - group * config.vector_lanes)
        reads = _reads(command, offsets, group * config.vector_lanes)
        written = tuple(
            (
                (_at(command, "out", offsets) + group * config.vector_lanes + lane) % ADDRESS_SPACE,
                _element(config, memories, command, offsets, group, lane, reads) & 0xFF,
            )
            for lane in range(lanes)
        )
        for index, (_, address) in enumerate(reads):
            last = index == len(reads) - 1
            operands.append(
                Operand(
                    read_address=address,
                    written=written if last else None,
                    first=number == 0 and index == 0,
                    final=last and number == len(elements) - 1,
                )
            )
        for address, byte in written:
            memories.scratchpad[address] = byte
    return operands


def _elements(config: AcceleratorConfig, command: Fields) -> Iterator[tuple[tuple[int, int], int]]:
    for y in range(command["block_rows"]):
        for x in range(command["block_cols"]):
            for group in range(-(-command["channels"] // config.vector_lanes)):
                yield (y, x), group


def _at(command: Fields, operand: str, offsets: tuple[int, int]) -> int:
    y, x = offsets
    return int(
        command[f"{operand}_address"]
        + y * command[f"{operand}_row_step"]
        + x * command[f"{operand}_col_step"]
    )


def _reads(command: Fields, offsets: tuple[int, int], channel: int) -> list[tuple[str, int | None]]:
    a = _at(command, "a", offsets) + channel
    match command["function"]:
        case Function.REQUANTIZE:
            return [("accumulator", None)]
        case Function.ADD | Function.MULTIPLY:
            return [("a", a % ADDRESS_SPACE), ("b", (_at(command, "b", offsets) + channel) % ADDRESS_SPACE)]
        case _:
            return [
                (
                    "a",
                    (a + row * command["window_row_step"] + col * command["window_col_step"]) % ADDRESS_SPACE,
                )
                for row in range(command["window_rows"])
                for col in range(command["window_cols"])
            ]


def _element(
    config: AcceleratorConfig,
    memories: Memories,
    command: Fields,
    offsets: tuple[int, int],
    group: int,
    lane: int,
    reads: Sequence[tuple[str, int | None]],
) -> int:
    taken = [memories.scratchpad[(read + lane) % ADDRESS_SPACE] for _, read in reads if read is not None]
    values = [(byte + 128) % 256 - 128 for byte in taken]
    word = command["parameter_base"] + (group if command["per_channel"] else 0)
    if command["per_pixel"]:
        groups = -(-command["channels"] // config.vector_lanes) if command["per_channel"] else 1
        word += (offsets[0] * command["block_cols"] + offsets[1]) * groups
    match command["function"]:
        case Function.MAXIMUM:
            return _clamp(max(values), command)
        case Function.TABLE:
            return _clamp((memories.table[taken[0]] + 128) % 256 - 128, command)
        case Function.REQUANTIZE:
            entry = _at(command, "a", offsets) % ADDRESS_SPACE
            sums = memories.accumulators[command["from_depthwise"]]
            total = sums[entry][group * config.vector_lanes + lane]
        case Function.ADD:
            scales = [(1 << 30, 0), (1 << 30, 0)]
            scales[command["scaled_operand"]] = (command["scale_multiplier"], command["scale_shift"])
            corrected = (values[0] - command["a_zero"], values[1] - command["b_zero"])
            total = sum(scale(value, *by) for value, by in zip(corrected, scales, strict=True))
        case Function.MULTIPLY:
            total = (values[0] - command["a_zero"]) * (values[1] - command["b_zero"])
        case Function.SUM:
            total = sum(values)
    parameter = memories.parameters[word][lane]
    result = requantize(signed32(total + parameter["bias"]), parameter, command["rounding"])
    return _clamp(result + command["out_zero"], command)


def _clamp(value: int, command: Fields) -> int:
    return int(max(command["clamp_low"], min(command["clamp_high"], value)))


def random_memories(config: AcceleratorConfig, generator: np.random.Generator) -> Memories:
    """Contents in which extremes are frequent; the first parameter word changes nothing."""

    def byte() -> int:
        chosen = generator.choice(BYTES) if generator.random() < 0.3 else generator.integers(-128, 128)
        return int(chosen) & 0xFF

    def word(width: int) -> int:
        if generator.random() < 0.1:
            return int(generator.choice(WORDS)) >> (32 - width)
        return int(generator.integers(-1 << width - 1, 1 << width - 1)) >> int(generator.integers(0, width))

    def parameter() -> dict[str, int]:
        if generator.random() < 0.05:
            return {"bias": 0, "multiplier": 0, "shift": 0}
        narrow = generator.random() < 0.6
        return {
            "bias": word(12 if narrow else 32),
            "multiplier": int(generator.integers(1 << 30, 1 << 31)),
            "shift": int(generator.integers(30, 50) if narrow else generator.integers(1, 63)),
        }

    return Memories(
        scratchpad=[byte() for _ in range(config.scratchpad_bytes)],
        accumulators=tuple(
            [[word(config.accumulator_width) for _ in range(config.cols)] for _ in range(depth)]
            for depth in _accumulator_depths(config)
        ),
        parameters=[[IDENTITY] * config.vector_lanes]
        + [[parameter() for _ in range(config.vector_lanes)] for _ in range(config.parameter_words - 1)],
    )


def _accumulator_depths(config: AcceleratorConfig) -> list[int]:
    return [
        config.accumulator_depth,
        *([config.depthwise_accumulator_depth] if config.depthwise_taps else []),
    ]


@dataclass
class Region:
    """Scratchpad bytes from ``start`` to before ``stop``."""

    start: int
    stop: int


def regions(config: AcceleratorConfig) -> tuple[Region, Region, Region]:
    """Constants, which no command overwrites, and two halves that commands write."""
    half, quarter = config.scratchpad_bytes // 2, config.scratchpad_bytes // 4
    end = config.scratchpad_bytes
    return Region(0, half), Region(half, half + quarter), Region(half + quarter, end)


def random_command(
    config: AcceleratorConfig,
    generator: np.random.Generator,
    function: Function,
    *,
    source: Region,
    target: Region,
    load_table: bool = False,
) -> Fields:
    """A command that reads bytes of ``source`` and writes bytes of ``target``, otherwise anything."""

    def below(limit: int) -> int:
        return int(generator.integers(0, limit))

    windowed = function in (Function.SUM, Function.MAXIMUM)
    most_channels = config.cols if function is Function.REQUANTIZE else 3 * config.vector_lanes + 1
    sizes: Fields = {
        "block_rows": 1 + below(3),
        "block_cols": 1 + below(4),
        "window_rows": 1 + below(3) if windowed else 1,
        "window_cols": 1 + below(3) if windowed else 1,
        "channels": 1 + below(most_channels),
    }
    groups = -(-sizes["channels"] // config.vector_lanes)
    columns = (sizes["block_rows"], sizes["block_cols"])
    window = (sizes["window_rows"], sizes["window_cols"])
    depths = _accumulator_depths(config)
    from_depthwise = below(len(depths))
    if function is Function.REQUANTIZE:
        a = _random_walk(generator, columns, 1, Region(0, depths[from_depthwise]), largest=9)
    else:
        a = _random_walk(generator, columns + window, sizes["channels"], source, largest=25)
    b = _random_walk(generator, columns, sizes["channels"], source, largest=25)
    out = _random_walk(generator, columns, sizes["channels"], target, largest=25)
    table_words = -(-TABLE_ENTRIES // config.vector_lanes)
    low, high = sorted(int(generator.integers(-128, 128)) for _ in range(2))
    if generator.random() < 0.7:
        low, high = -128, 127
    pixels = sizes["block_rows"] * sizes["block_cols"]
    per_pixel = int(groups * pixels <= config.parameter_words and generator.random() < 0.5)
    return sizes | {
        "function": function,
        "rounding": Rounding(below(2)),
        "per_channel": below(2),
        "load_table": int(load_table),
        "from_depthwise": from_depthwise,
        "per_pixel": per_pixel,
        "parameter_base": below(
            config.parameter_words
            - max(groups * (pixels if per_pixel else 1), table_words if load_table else 1)
            + 1
        ),
        "a_address": a[0],
        "a_row_step": a[1] % ADDRESS_SPACE,
        "a_col_step": a[2] if a[2] >= 0 else 0,
        "window_row_step": a[3] % ADDRESS_SPACE if windowed else below(ADDRESS_SPACE),
        "window_col_step": a[4] if windowed else below(1 << 20),
        "b_address": b[0],
        "b_row_step": b[1] % ADDRESS_SPACE,
        "b_col_step": b[2],
        "out_address": out[0],
        "out_row_step": out[1] % ADDRESS_SPACE,
        "out_col_step": out[2],
        "a_zero": int(generator.integers(-128, 128)),
        "b_zero": int(generator.integers(-128, 128)),
        "scaled_operand": below(2),
        "scale_multiplier": below(1 << 31) if generator.random() < 0.8 else (1 << 31) - 1,
        "scale_shift": below(32) if generator.random() < 0.5 else below(4),
        "out_zero": int(generator.integers(-128, 128)),
        "clamp_low": low,
        "clamp_high": high,
    }


def _random_walk(
    generator: np.random.Generator, counts: Sequence[int], run: int, region: Region, *, largest: int
) -> tuple[int, ...]:
    """Start and steps of a loop nest that stays in ``region``; every other step (those of rows) may be negative."""
    steps = [
        int(generator.integers(-largest if level % 2 == 0 else 0, largest + 1))
        for level in range(len(counts))
    ]
    ends = [step * (count - 1) for step, count in zip(steps, counts, strict=True)]
    lowest, highest = sum(min(0, end) for end in ends), sum(max(0, end) for end in ends) + run
    if region.stop - region.start < highest - lowest:
        return _random_walk(generator, counts, run, region, largest=largest // 2)
    start = int(generator.integers(region.start - lowest, region.stop - highest + 1))
    return (start, *steps)
