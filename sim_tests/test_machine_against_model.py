"""Random programs on the RTL, command by command, against the functional model's memories."""

from typing import Any

import numpy as np
import pytest

from celosia.rtl.bus.address_map import (
    Region,
    parameter_image,
    program_image,
    region_bytes,
    weight_image,
)
from celosia.rtl.command import Engine, Function, Opcode
from celosia.rtl.command_code import encode
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.device import Device
from celosia.runtime.model import ModelDevice
from celosia.runtime.rtl import RtlDevice
from tests.runtime.random_commands import (
    SMALL_MEMORIES,
    opcode_of,
    random_depthwise,
    random_matrix,
    random_parameters,
    random_vector,
    with_selections,
)

COMMANDS = 60
MACHINES: dict[str, dict[str, int]] = {
    "4x4": {
        "rows": 4,
        "cols": 4,
        "vector_lanes": 1,
        "scratchpad_banks": 2,
        "queue_depth": 0,
        "program_ports": 1,
        "vector_registers": 0,
    },
    "5x7": {"rows": 5, "cols": 7, "vector_lanes": 3, "bus_width": 64, "depthwise_taps": 9},
    "8x6": {
        "rows": 8,
        "cols": 6,
        "pe_rows": 4,
        "pe_cols": 2,
        "weight_rows_per_cycle": 4,
        "accumulator_width": 16,
        "vector_lanes": 4,
        "depthwise_taps": 3,
    },
}


def random_command(rng: np.random.Generator, config: AcceleratorConfig) -> dict[str, Any]:
    """A command that produces sums as often as a VECTOR command of any function."""
    if rng.random() < 0.5:
        return random_vector(rng, config, Function(int(rng.integers(len(Function)))))
    if config.depthwise_taps and rng.random() < 0.5:
        return random_depthwise(rng, config)
    return random_matrix(rng, config)


def load(device: Device, images: dict[Region, bytes]) -> None:
    """Fill the device's memories."""
    for region, image in images.items():
        device.write(region.base, image)


def memories(device: Device) -> list[bytes]:
    """Scratchpad and accumulators of both kinds."""
    return [
        device.read(region.base, region_bytes(device.config, region))
        for region in (Region.SCRATCHPAD, Region.ACCUMULATORS, Region.DEPTHWISE_ACCUMULATORS)
    ]


@pytest.mark.parametrize("name", MACHINES)
def test_machine_equals_model(name: str, rng: np.random.Generator) -> None:
    """After each command of a random program, scratchpad and accumulators are equal; then all of it at once."""
    config = AcceleratorConfig.create(MACHINES[name] | SMALL_MEMORIES)
    commands = [random_command(rng, config) for _ in range(COMMANDS)]
    # Each command waits for all before it, so that the program means the same at full speed.
    words: list[int] = []
    issued = dict.fromkeys(Engine, 0)
    for fields in commands:
        opcode = opcode_of(fields)
        waits = {f"wait_{engine.name.lower()}": count for engine, count in issued.items()}
        words += encode(opcode, **waits, **fields)
        issued[Engine[opcode.name]] += 1
    words += encode(Opcode.END)
    weights = rng.bytes(config.weight_words * config.weight_word_bytes)
    if config.depthwise_taps:
        weights = with_selections(rng, config, weights)
    images = {
        Region.SCRATCHPAD: rng.bytes(config.scratchpad_bytes),
        Region.WEIGHTS: weight_image(config, weights),
        Region.PARAMETERS: parameter_image(
            config, random_parameters(rng, config.parameter_words * config.vector_lanes)
        ),
        Region.PROGRAM: program_image(words),
    }
    with RtlDevice(config) as device, ModelDevice(config) as model:
        device.identify()
        load(device, images)
        load(model, images)
        for number, fields in enumerate(commands):
            device.start(1)
            model.start(1)
            assert device.wait() == model.wait()
            for got, expected in zip(memories(device), memories(model), strict=True):
                assert got == expected, f"after command {number}: {fields}"
        # To the end, and once more without pauses between commands.
        for machine in (device, model):
            machine.start()
            assert machine.wait()
            load(machine, images)
            machine.start()
            assert machine.wait()
        assert memories(device) == memories(model)
        counters = device.counters()
        for engine, count in issued.items():
            assert counters[f"{engine.name.lower()}.commands"] == count
