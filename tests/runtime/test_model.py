"""The functional model against plain loops."""

import numpy as np
import pytest

from celosia.rtl.bus.address_map import (
    Region,
    accumulator_entry_stride,
    accumulator_values,
    parameter_image,
    weight_image,
)
from celosia.rtl.command import Function, Rounding
from celosia.runtime.model import ModelDevice
from tests.runtime.loaded_models import MACHINES, loaded, machine, program, run
from tests.runtime.random_commands import (
    random_depthwise,
    random_matrix,
    random_vector,
)


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
            "per_pixel": 0,
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
            "per_pixel": 0,
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
