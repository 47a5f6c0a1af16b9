"""What the functional model refuses, and how it says so."""

import re

import numpy as np
import pytest

from celosia.rtl.bus.address_map import (
    Region,
    Register,
    Status,
    parameter_image,
    program_image,
    weight_image,
)
from celosia.rtl.command import Function, Opcode, VectorCommand
from celosia.rtl.command_code import encode
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.device import DeviceError
from celosia.runtime.model import ModelDevice
from tests.runtime.loaded_models import loaded, machine, run
from tests.runtime.random_commands import (
    random_depthwise,
    random_matrix,
    random_vector,
)


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
