"""Random programs on the RTL, whose commands wait for any others: the cost model knows every counter."""

from typing import Any

import numpy as np
import pytest

from celosia.compiler.cost.engines import ENGINE_WORK
from celosia.compiler.cost.predict import Prediction
from celosia.compiler.cost.timeline import TimedCommand, run_commands
from celosia.rtl.bus.address_map import Region, counters_of, program_image
from celosia.rtl.command import Engine, Function, Opcode, engines_of, record_words
from celosia.rtl.command_code import encode
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.control.fetch import fetch_stages
from celosia.runtime.rtl import RtlDevice
from tests.runtime.random_commands import SMALL_MEMORIES, opcode_of, random_matrix, random_vector

PROGRAMS, COMMANDS = 12, 40
MACHINES: dict[str, dict[str, int]] = {
    "4x4 without queues": {
        "rows": 4,
        "cols": 4,
        "vector_lanes": 1,
        "scratchpad_banks": 2,
        "queue_depth": 0,
    },
    "8x6, four rows a load": {
        "rows": 8,
        "cols": 6,
        "pe_rows": 4,
        "pe_cols": 2,
        "weight_rows_per_cycle": 4,
        "vector_lanes": 4,
        "queue_depth": 1,
    },
    "16x3 with registers": {"rows": 16, "cols": 3, "vector_lanes": 2, "memory_registers": 1},
}


def random_commands(rng: np.random.Generator, config: AcceleratorConfig) -> list[dict[str, Any]]:
    """Commands of both engines, in runs of one kind, so that queues and loaders are full and empty."""
    commands: list[dict[str, Any]] = []
    while len(commands) < COMMANDS:
        short, of_matrix = rng.random(2) < 0.5
        for _ in range(int(rng.integers(1, 8))):
            if of_matrix:
                fields = random_matrix(rng, config)
                if short:
                    fields |= {
                        "block_rows": 1,
                        "block_cols": 1,
                        "run_tiles": 1,
                        "kernel_rows": 1,
                        "kernel_cols": 1,
                    }
                    fields["tile_count"] = 1
            else:
                fields = random_vector(rng, config, Function(int(rng.integers(len(Function)))))
            commands.append(fields)
    return commands


@pytest.mark.parametrize("name", MACHINES)
def test_counters(name: str, rng: np.random.Generator) -> None:
    """Cycles, and what each engine did with them."""
    config = AcceleratorConfig.create(SMALL_MEMORIES | MACHINES[name])
    for _ in range(PROGRAMS):
        words: list[int] = []
        timed: list[TimedCommand] = []
        issued = dict.fromkeys(Engine, 0)
        for fields in random_commands(rng, config):
            opcode = opcode_of(fields)
            engine = Engine[opcode.name]
            waits = {
                other: int(rng.integers(max(0, count - 3), count + 1)) if rng.random() < 0.5 else 0
                for other, count in issued.items()
            }
            words += encode(opcode, **{f"wait_{e.name.lower()}": n for e, n in waits.items()}, **fields)
            work = ENGINE_WORK[engine](fields, config)
            timed.append(TimedCommand(engine, record_words(opcode), work, waits))
            issued[engine] += 1
        words += encode(Opcode.END)
        times = run_commands(timed, queue_depth=config.queue_depth, fetch_stages=fetch_stages(config))
        cycles = max(time.retired for time in times) + 1
        predicted = Prediction(cycles, (), times, engines_of(config), counters_of(config)).counters()
        with RtlDevice(config) as device:
            device.identify()
            device.write(Region.PROGRAM.base, program_image(words))
            device.start()
            assert device.wait()
            assert device.counters() == predicted
