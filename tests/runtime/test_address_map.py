"""The host's layouts against the numbers of ``docs/machine.md``."""

import numpy as np
import pytest

from celosia.rtl.bus.address_map import (
    IDENTITY_VALUE,
    Counter,
    Region,
    Register,
    accumulator_entry_stride,
    accumulator_values,
    counter_address,
    parameter_image,
    parameter_word_stride,
    program_image,
    region_bytes,
    weight_image,
    weight_word_stride,
)
from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig


def test_numbers() -> None:
    assert {region.name: region.base for region in Region} == {
        "REGISTERS": 0x0000_0000,
        "PROGRAM": 0x1000_0000,
        "WEIGHTS": 0x2000_0000,
        "PARAMETERS": 0x3000_0000,
        "SCRATCHPAD": 0x4000_0000,
        "ACCUMULATORS": 0x5000_0000,
        "DEPTHWISE_ACCUMULATORS": 0x6000_0000,
    }
    assert IDENTITY_VALUE == 0x4F4C4543
    assert int(Register.CYCLES) == 0x30
    assert counter_address(Engine.MATRIX, Counter.COMMANDS) == 0x40
    assert counter_address(Engine.VECTOR, Counter.BANK) == 0xA8
    assert counter_address(Engine.DEPTHWISE, Counter.BUSY) == 0xC8


@pytest.mark.parametrize(
    ("fields", "weight", "parameter", "accumulator"),
    [
        ({"rows": 8, "cols": 8, "vector_lanes": 4}, 8, 64, 32),
        ({"rows": 5, "cols": 7, "vector_lanes": 3}, 8, 64, 32),
        ({"rows": 4, "cols": 1, "vector_lanes": 1}, 4, 16, 8),
        ({"rows": 4, "cols": 2, "vector_lanes": 2, "bus_width": 64}, 8, 32, 8),
        ({"rows": 16, "cols": 16, "weight_rows_per_cycle": 4, "vector_lanes": 8}, 64, 128, 64),
        ({"rows": 6, "cols": 5, "weight_rows_per_cycle": 3, "vector_lanes": 5}, 16, 128, 32),
    ],
)
def test_strides(fields: dict[str, int], weight: int, parameter: int, accumulator: int) -> None:
    config = AcceleratorConfig.create(fields)
    assert weight_word_stride(config) == weight
    assert parameter_word_stride(config) == parameter
    assert accumulator_entry_stride(config) == accumulator
    assert region_bytes(config, Region.WEIGHTS) == config.weight_words * weight
    assert region_bytes(config, Region.PARAMETERS) == config.parameter_words * parameter
    assert region_bytes(config, Region.ACCUMULATORS) == config.accumulator_depth * accumulator
    assert region_bytes(config, Region.DEPTHWISE_ACCUMULATORS) == 0
    depthwise = AcceleratorConfig.create(fields | {"depthwise_taps": 3, "depthwise_accumulator_depth": 6})
    assert region_bytes(depthwise, Region.DEPTHWISE_ACCUMULATORS) == 6 * accumulator
    assert region_bytes(config, Region.SCRATCHPAD) == config.scratchpad_bytes
    assert region_bytes(config, Region.PROGRAM) == config.program_bytes


CONFIG = AcceleratorConfig.create({"rows": 4, "cols": 3, "weight_rows_per_cycle": 2, "vector_lanes": 3})


def test_images() -> None:
    assert program_image([0x0102030405060708, (1 << 64) - 1]) == bytes(range(8, 0, -1)) + b"\xff" * 8
    assert weight_image(CONFIG, bytes(range(1, 13))) == bytes([*range(1, 7), 0, 0, *range(7, 13), 0, 0])
    entries = [(-2, 3, 4), (5, 6, 62), ((1 << 31) - 1, 0, 0), (-(1 << 31), (1 << 31) - 1, 31)]
    words = np.zeros((2, 4, 4), "<i4")
    words[0, :3, :3] = entries[:3]
    words[1, 0, :3] = entries[3]
    assert parameter_image(CONFIG, entries) == words.tobytes()
    assert accumulator_values(CONFIG, np.arange(8, dtype="<i4").tobytes()).tolist() == [[0, 1, 2], [4, 5, 6]]


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"^weights must be a multiple of 6 bytes, not 7$"):
        weight_image(CONFIG, bytes(7))
    with pytest.raises(ValueError, match=r"^entries must have the shape \(n, 3\), not \(3,\)$"):
        parameter_image(CONFIG, [1, 2, 3])
    with pytest.raises(ValueError, match=r"^multiplier must be in 0\.\.2147483647, not 2147483648$"):
        parameter_image(CONFIG, [(0, 1, 1), (0, 1 << 31, 1)])
    with pytest.raises(ValueError, match=r"^bias must be in -2147483648\.\.2147483647, not 2147483648$"):
        parameter_image(CONFIG, [(1 << 31, 1, 1)])
    with pytest.raises(ValueError, match=r"^shift must be in 0\.\.63, not -1$"):
        parameter_image(CONFIG, [(0, 1, -1)])
