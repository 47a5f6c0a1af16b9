"""The functional model against plain loops, and its errors."""

import re
from typing import Any

import numpy as np
import pytest

from celosia.rtl.bus.address_map import (
    Region,
    Register,
    Status,
    accumulator_entry_stride,
    accumulator_values,
    parameter_image,
    program_image,
    weight_image,
)
from celosia.rtl.command import Function, Opcode, Rounding, VectorCommand, encode
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.device import DeviceError
from celosia.runtime.model import ModelDevice
from tests.runtime.plain_machine import PlainMachine
from tests.runtime.random_commands import (
    opcode_of,
    random_depthwise,
    random_matrix,
    random_parameters,
    random_vector,
    with_selections,
)

MACHINES = {
    "4x4": {"rows": 4, "cols": 4, "vector_lanes": 1},
    "5x7": {"rows": 5, "cols": 7, "vector_lanes": 3, "bus_width": 64},
    "8x5": {
        "rows": 8,
        "cols": 5,
        "weight_rows_per_cycle": 4,
        "accumulator_width": 16,
        "vector_lanes": 4,
        "depthwise_taps": 3,
    },
    "6x7": {"rows": 6, "cols": 7, "weight_rows_per_cycle": 2, "vector_lanes": 3, "depthwise_taps": 9},
}


def machine(name: str) -> AcceleratorConfig:
    """A small machine, so that random commands touch its memories' ends."""
    memories = {
        "scratchpad_bytes": 2048,
        "weight_bytes": 4096,
        "parameter_words": 96,
        "accumulator_depth": 64,
        "depthwise_accumulator_depth": 40,
        "depthwise_line": 15,
        "program_bytes": 4096,
    }
    return AcceleratorConfig.create(MACHINES[name] | memories)


def program(*commands: dict[str, Any]) -> bytes:
    """A program of the commands whose fields are given, closed by END."""
    words = [word for fields in commands for word in encode(opcode_of(fields), **fields)]
    return program_image([*words, *encode(Opcode.END)])


def loaded(config: AcceleratorConfig, rng: np.random.Generator) -> tuple[ModelDevice, PlainMachine]:
    """A model and a plain machine with the same random memories."""
    device = ModelDevice(config)
    scratchpad = rng.integers(-128, 128, config.scratchpad_bytes).astype(np.int8)
    weights = rng.integers(-128, 128, config.weight_words * config.weight_word_bytes).astype(np.int8)
    if config.depthwise_taps:
        weights = np.frombuffer(with_selections(rng, config, weights.tobytes()), np.int8)
    parameters = random_parameters(rng, config.parameter_words * config.vector_lanes)
    device.write(Region.SCRATCHPAD.base, scratchpad.tobytes())
    device.write(Region.WEIGHTS.base, weight_image(config, weights.tobytes()))
    device.write(Region.PARAMETERS.base, parameter_image(config, parameters))
    return device, PlainMachine(config, scratchpad.tolist(), weights.tolist(), parameters)


def run(device: ModelDevice, *commands: dict[str, Any]) -> None:
    """Load and run a program."""
    device.write(Region.PROGRAM.base, program(*commands))
    device.start()
    assert device.wait()


@pytest.mark.parametrize("name", MACHINES)
def test_matrix_equals_plain_loops(name: str, rng: np.random.Generator) -> None:
    config = machine(name)
    device, plain = loaded(config, rng)
    for _ in range(25):
        fields = random_matrix(rng, config)
        run(device, fields)
        plain.matrix(fields)
        assert device.accumulators.tolist() == plain.accumulators, fields


@pytest.mark.parametrize("name", ["8x5", "6x7"])
def test_depthwise_equals_plain_loops(name: str, rng: np.random.Generator) -> None:
    config = machine(name)
    device, plain = loaded(config, rng)
    for _ in range(40):
        fields = random_depthwise(rng, config)
        run(device, fields)
        plain.depthwise(fields)
        assert device.depthwise_accumulators.tolist() == plain.depthwise_accumulators, fields


@pytest.mark.parametrize("function", Function)
@pytest.mark.parametrize("name", MACHINES)
def test_vector_equals_plain_loops(name: str, function: Function, rng: np.random.Generator) -> None:
    config = machine(name)
    device, plain = loaded(config, rng)
    limit = 1 << config.accumulator_width - 1
    for sums in (device.accumulators, device.depthwise_accumulators):
        sums[...] = rng.integers(-limit, limit, sums.shape)
        sums[::3] //= 1 << config.accumulator_width // 2
    plain.accumulators = device.accumulators.tolist()
    plain.depthwise_accumulators = device.depthwise_accumulators.tolist()
    for _ in range(40):
        fields = random_vector(rng, config, function)
        run(device, fields)
        plain.vector(fields)
        assert device.scratchpad.tolist() == plain.scratchpad, fields


@pytest.mark.parametrize("rounding", Rounding)
def test_every_rounding_shows(rounding: Rounding, rng: np.random.Generator) -> None:
    """Small sums and shifts around 31, so that a last bit rounded otherwise is a byte written otherwise."""
    config = machine("4x4")
    device, plain = loaded(config, rng)
    parameters = [
        (int(rng.integers(-5, 5)), int(rng.choice([1 << 30, 3 << 29])), int(rng.integers(29, 36)))
        for _ in range(config.parameter_words)
    ]
    device.write(Region.PARAMETERS.base, parameter_image(config, parameters))
    plain.parameters = parameters
    device.accumulators[...] = rng.integers(-60, 61, device.accumulators.shape)
    plain.accumulators = device.accumulators.tolist()
    for base in range(0, config.parameter_words - config.cols, config.cols):
        fields = random_vector(rng, config, Function.REQUANTIZE) | {
            "rounding": rounding,
            "per_channel": 1,
            "parameter_base": base,
            "clamp_low": -128,
            "clamp_high": 127,
            "out_zero": 0,
        }
        run(device, fields)
        plain.vector(fields)
        assert device.scratchpad.tolist() == plain.scratchpad, fields


def test_rounding_of_scaled_operand_shows(rng: np.random.Generator) -> None:
    """The other operand is zero, the scaled one small, and the requantisation leaves the sum as it is."""
    config = machine("4x4")
    device, plain = loaded(config, rng)
    device.write(Region.PARAMETERS.base, parameter_image(config, [(0, 1 << 30, 30)]))
    plain.parameters[0] = (0, 1 << 30, 30)
    for shift in range(12, 24):
        fields = random_vector(rng, config, Function.ADD) | {
            "per_channel": 0,
            "parameter_base": 0,
            "scaled_operand": 0,
            "scale_multiplier": int(rng.choice([1 << 30, 3 << 29])),
            "scale_shift": shift,
            "b_row_step": 0,
            "b_col_step": 0,
            "channels": 1,
            "a_address": 0,
            "out_address": config.scratchpad_bytes // 2,
            "block_rows": 6,
            "block_cols": 9,
            "clamp_low": -128,
            "clamp_high": 127,
            "out_zero": 0,
        }
        fields["b_zero"] = plain.scratchpad[fields["b_address"]]
        run(device, fields)
        plain.vector(fields)
        assert device.scratchpad.tolist() == plain.scratchpad, fields


def test_product_in_place(rng: np.random.Generator) -> None:
    config = machine("4x4")
    device, plain = loaded(config, rng)
    fields = random_vector(rng, config, Function.MULTIPLY)
    for step in ("row", "col"):
        fields[f"out_{step}_step"] = fields[f"a_{step}_step"] = {"row": 40, "col": fields["channels"]}[step]
    fields["out_address"] = fields["a_address"]
    fields["b_address"] = config.scratchpad_bytes // 2
    run(device, fields)
    plain.vector(fields)
    assert device.scratchpad.tolist() == plain.scratchpad


def test_table_stays_until_the_next_load(rng: np.random.Generator) -> None:
    config = machine("5x7")
    device, plain = loaded(config, rng)
    first = random_vector(rng, config, Function.TABLE)
    second = random_vector(rng, config, Function.TABLE) | {"load_table": 0, "parameter_base": 31}
    run(device, first, second)
    plain.vector(first)
    plain.vector(second)
    assert device.scratchpad.tolist() == plain.scratchpad


@pytest.mark.parametrize("name", MACHINES)
def test_host_sees_the_memories(name: str, rng: np.random.Generator) -> None:
    config = machine(name)
    device, plain = loaded(config, rng)
    device.accumulators[...] = rng.integers(-(1 << 15), 1 << 15, device.accumulators.shape)
    words = weight_image(config, np.array(plain.weights, np.int8).tobytes())
    assert device.read(Region.WEIGHTS.base, len(words)) == words
    entries = parameter_image(config, plain.parameters)
    assert device.read(Region.PARAMETERS.base, len(entries)) == entries
    stride = accumulator_entry_stride(config)
    image = device.read(Region.ACCUMULATORS.base + 8, config.accumulator_depth * stride - 8)
    assert accumulator_values(config, bytes(8) + image)[1:].tolist() == device.accumulators[1:].tolist()
    sums = device.depthwise_accumulators
    sums[...] = rng.integers(-(1 << 15), 1 << 15, sums.shape)
    image = device.read(Region.DEPTHWISE_ACCUMULATORS.base, len(sums) * stride)
    assert accumulator_values(config, image).tolist() == sums.tolist()


def test_bits_without_memory_are_lost() -> None:
    config = machine("5x7")
    device = ModelDevice(config)
    device.write(Region.PARAMETERS.base, b"\xff" * 64)
    entry = bytes.fromhex("ffffffff ffffff7f 3f000000 00000000")
    assert device.read(Region.PARAMETERS.base, 64) == entry * 3 + bytes(16)
    device.write(Region.WEIGHTS.base, b"\xff" * 8)
    assert device.read(Region.WEIGHTS.base, 8) == b"\xff" * 7 + b"\0"


def test_single_stepping(rng: np.random.Generator) -> None:
    config = machine("4x4")
    device, plain = loaded(config, rng)
    commands = [random_matrix(rng, config) for _ in range(3)]
    device.write(Region.PROGRAM.base, program(*commands))
    device.start(1)
    assert not device.wait()
    plain.matrix(commands[0])
    assert device.accumulators.tolist() == plain.accumulators
    device.start(5)
    assert device.wait()
    plain.matrix(commands[1])
    plain.matrix(commands[2])
    assert device.accumulators.tolist() == plain.accumulators
    assert device.counters()["matrix.commands"] == 3
    assert device.counters()["vector.commands"] == 0
    device.start(1)
    assert not device.wait()
    assert device.counters()["matrix.commands"] == 1


def test_identity() -> None:
    device = ModelDevice(machine("4x4"))
    device.identify()
    assert device.read_register(Register.CLOCK_HZ) == 100_000_000


def test_identity_of_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    device = ModelDevice(machine("4x4"))
    monkeypatch.setattr(device, "_config", machine("8x5"))
    monkeypatch.setattr(device, "read_register", ModelDevice(machine("4x4")).read_register)
    with pytest.raises(DeviceError, match=r"^register CONFIG_DIGEST must be 0x[0-9a-f]+, not 0x[0-9a-f]+$"):
        device.identify()


def test_unknown_opcode() -> None:
    device = ModelDevice(machine("4x4"))
    device.write(Region.PROGRAM.base, program_image([0xE]))
    device.start()
    assert device.read_register(Register.STATUS) == Status.UNKNOWN_OPCODE
    with pytest.raises(DeviceError, match=r"^the program holds an unknown opcode$"):
        device.wait()


def test_program_without_end(rng: np.random.Generator) -> None:
    words = encode(Opcode.MATRIX, **random_matrix(rng, machine("4x4")))
    config = AcceleratorConfig.create(machine("4x4").model_dump() | {"program_bytes": 16 * 8 * len(words)})
    device, _ = loaded(config, rng)
    device.write(Region.PROGRAM.base, program_image(words * 16))
    with pytest.raises(DeviceError, match=r"^the program runs past the end of its memory without an END$"):
        device.start()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"start_address": 2047, "start_y": 0, "start_x": 0, "height": 9, "row_bytes": 99},
            "MATRIX reads scratchpad byte",
        ),
        ({"tile_count": 99}, "tile_count must be kernel_rows * kernel_cols * run_tiles"),
        ({"block_cols": 0}, "block_cols must be at least 1, not 0"),
        ({"accumulator_base": 63, "block_cols": 2}, "MATRIX accumulates in entries 63.."),
        (
            {"weight_base": 1023, "kernel_rows": 1, "kernel_cols": 1, "run_tiles": 1, "tile_count": 1},
            "MATRIX loads weight words 1023..1026, but there are 1024",
        ),
    ],
)
def test_matrix_errors(change: dict[str, int], message: str, rng: np.random.Generator) -> None:
    config = machine("4x4")
    device, _ = loaded(config, rng)
    with pytest.raises(DeviceError, match=re.escape(message)):
        run(device, random_matrix(rng, config) | change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start_address": 2047, "start_y": 0, "start_x": 0, "width": 99}, "DEPTHWISE reads scratchpad byte"),
        ({"stream_rows": 2}, "stream_rows must be 3 and a multiple of y_stride ("),
        ({"stream_cols": 8, "x_stride": 3}, "stream_cols must be 3 and a multiple of x_stride (3), not 8"),
        ({"stream_cols": 16, "x_stride": 1}, "stream_cols must be at most depthwise_line (15), not 16"),
        ({"y_stride": 0}, "y_stride must be at least 1, not 0"),
        ({"accumulator_base": 40, "stream_rows": 3}, "DEPTHWISE accumulates in entries 40.."),
        ({"weight_base": 290}, "DEPTHWISE loads weight words 290..294, but there are 292"),
    ],
)
def test_depthwise_errors(change: dict[str, int], message: str, rng: np.random.Generator) -> None:
    config = machine("6x7")
    device, _ = loaded(config, rng)
    with pytest.raises(DeviceError, match=re.escape(message)):
        run(device, random_depthwise(rng, config) | change)


@pytest.mark.parametrize("wrong", [[1, 1, 1, 2, 3, 4, 5], [0, 0, 2, 3, 4, 5, 6], [0, 1, 0, 1, 2, 3, 4]])
def test_impossible_selection_of_channels(wrong: list[int], rng: np.random.Generator) -> None:
    config = machine("6x7")
    device, _ = loaded(config, rng)
    weights = bytes(9 * 7) + bytes(wrong)
    device.write(Region.WEIGHTS.base, weight_image(config, weights))
    with pytest.raises(
        DeviceError, match=r"^the channel of each lane must be that of the lane before or the"
    ):
        run(device, random_depthwise(rng, config) | {"weight_base": 0})


@pytest.mark.parametrize(
    ("function", "change", "message"),
    [
        (Function.ADD, {"window_rows": 2}, "ADD has no window"),
        (Function.ADD, {"window_cols": 0}, "window_cols must be at least 1, not 0"),
        (Function.REQUANTIZE, {"channels": 5}, "REQUANTIZE reads columns 0..4, but there are 4"),
        (Function.REQUANTIZE, {"a_address": 64}, "REQUANTIZE reads MATRIX entries 64.."),
        (
            Function.REQUANTIZE,
            {"from_depthwise": 1},
            "REQUANTIZE reads DEPTHWISE entries",
        ),
        (Function.SUM, {"a_address": 2048}, "VECTOR reads operand A from scratchpad byte"),
        (Function.MULTIPLY, {"b_address": 2048}, "VECTOR reads operand B from scratchpad byte"),
        (
            Function.MAXIMUM,
            {"window_rows": 99, "window_row_step": 99},
            "VECTOR reads its window from scratchpad byte",
        ),
        (Function.MAXIMUM, {"out_address": 2048}, "VECTOR writes scratchpad byte"),
        (Function.SUM, {"parameter_base": 96}, "VECTOR reads parameter entries"),
        (Function.TABLE, {"parameter_base": 33}, "TABLE loads parameter entries 33..96, but there are 96"),
        (Function.TABLE, {"load_table": 0}, "TABLE uses a table that no command has loaded"),
    ],
)
def test_vector_errors(
    function: Function, change: dict[str, int], message: str, rng: np.random.Generator
) -> None:
    config = machine("4x4")
    device, _ = loaded(config, rng)
    with pytest.raises(DeviceError, match=re.escape(message)):
        run(device, random_vector(rng, config, function) | change)


def test_bad_shift(rng: np.random.Generator) -> None:
    config = machine("4x4")
    device, _ = loaded(config, rng)
    device.write(Region.PARAMETERS.base, parameter_image(config, [(0, 1, 63)] * 96))
    with pytest.raises(DeviceError, match=r"^shift of a parameter must be in 1\.\.62, not 63"):
        run(device, random_vector(rng, config, Function.SUM))


def test_undecodable_record() -> None:
    device = ModelDevice(machine("4x4"))
    words = list(
        encode(Opcode.VECTOR, **random_vector(np.random.default_rng(0), machine("4x4"), Function.TABLE))
    )
    words[0] |= 7 << VectorCommand.as_shape()["function"].offset
    device.write(Region.PROGRAM.base, program_image(words))
    with pytest.raises(DeviceError, match=r"^the record at program word 0 cannot be decoded: "):
        device.start()


def test_host_access_errors() -> None:
    device = ModelDevice(machine("5x7").model_copy(update={"depthwise_taps": 9}))
    with pytest.raises(ValueError, match=r"^address must be a multiple of 8, not 4$"):
        device.read(4, 8)
    with pytest.raises(ValueError, match=r"^size must be a multiple of 8, not 3$"):
        device.write(Region.SCRATCHPAD.base, b"abc")
    with pytest.raises(DeviceError, match=r"^address 0x70000000 lies in no region$"):
        device.read(0x7000_0000, 8)
    with pytest.raises(DeviceError, match=r"^16 bytes at 0x400007f8 reach beyond the SCRATCHPAD region$"):
        device.write(0x4000_07F8, bytes(16))
    for region in (Region.ACCUMULATORS, Region.DEPTHWISE_ACCUMULATORS):
        with pytest.raises(DeviceError, match=r"^the accumulators can only be read$"):
            device.write(region.base, bytes(8))
