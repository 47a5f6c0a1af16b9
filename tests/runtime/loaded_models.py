"""Functional models with random memories, and plain machines with the same."""

from typing import Any

import numpy as np

from celosia.rtl.bus.address_map import (
    Region,
    parameter_image,
    program_image,
    weight_image,
)
from celosia.rtl.command import Opcode
from celosia.rtl.command_code import encode
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.model import ModelDevice
from tests.runtime.plain_machine import PlainMachine
from tests.runtime.random_commands import (
    opcode_of,
    random_parameters,
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
