"""Whole networks on the RTL: every output equals the golden model's, on machines of many shapes.

``CELOSIA_MODELS``, a folder of ``.tflite`` files, adds these to the networks that the tests make themselves.
"""

import os
import secrets
from pathlib import Path

import numpy as np
import pytest

from celosia.cli import digits
from celosia.cli.inputs import random_input
from celosia.cli.result import compare
from celosia.compiler.compile import compile_graph
from celosia.compiler.cost import predict
from celosia.compiler.graph import Graph
from celosia.compiler.tflite_import import import_tflite
from celosia.generators.presets import PRESETS
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.rtl import RtlDevice
from celosia.runtime.session import Session
from tests.zoo import ZOO

INPUTS = 3

#: Machines on which every network of the zoo runs; the others run the bundled network only.
MACHINES = {
    "large": PRESETS["large"],
    "5x7": PRESETS["small"].model_copy(
        update={
            "rows": 5,
            "cols": 7,
            "vector_lanes": 3,
            "accumulator_depth": 96,
            "scratchpad_banks": 2,
            "program_bytes": 1 << 19,
        }
    ),
}
OTHER_MACHINES = {
    "nano": PRESETS["nano"],
    "small": PRESETS["small"],
    "8x16": PRESETS["small"].model_copy(update={"cols": 16, "pe_cols": 2, "bus_width": 64}),
}


def seed() -> int:
    """``CELOSIA_SEED``, else a new one, which is printed."""
    chosen = int(os.environ.get("CELOSIA_SEED") or secrets.randbits(31))
    print(f"CELOSIA_SEED={chosen}")
    return chosen


def check(graph: Graph, config: AcceleratorConfig, generator: np.random.Generator) -> str | None:
    """Run a network on random inputs; what is wrong, if anything."""
    program = compile_graph(graph, config)
    with RtlDevice(config) as device:
        session = Session(device, program)
        for number in range(INPUTS):
            inputs = [random_input(graph.tensors[index], generator) for index in graph.inputs]
            run = session.run(inputs)
            if wrong := compare(graph, program, run, inputs).mismatches:
                return f"{graph.name}: {wrong} elements differ for input {number}"
            if not run.cycles or run.layer_cycles is None or not 0 < sum(run.layer_cycles) <= run.cycles:
                return f"{graph.name}: layers take {run.layer_cycles} of {run.cycles} cycles"
    return None


@pytest.mark.parametrize("machine", MACHINES)
def test_zoo(machine: str, tmp_path: Path) -> None:
    """Each network that the tests can make, at awkward sizes, with all operators."""
    chosen = seed()
    generator = np.random.default_rng(chosen)
    wrong = []
    for name, make in ZOO.items():
        path = tmp_path / f"{name}.tflite"
        path.write_bytes(make(chosen))
        wrong.append(
            check(import_tflite(path), AcceleratorConfig.create(MACHINES[machine].model_dump()), generator)
        )
    assert len(wrong) == len(ZOO)
    assert not [line for line in wrong if line]


@pytest.mark.parametrize("machine", OTHER_MACHINES)
def test_bundled_network(machine: str) -> None:
    """The digits network on machines of other shapes."""
    generator = np.random.default_rng(seed())
    config = AcceleratorConfig.create(OTHER_MACHINES[machine].model_dump())
    assert check(import_tflite(digits.model_path()), config, generator) is None


def given_models() -> list[Path]:
    """The files in ``CELOSIA_MODELS``, and always the bundled network."""
    folder = os.environ.get("CELOSIA_MODELS")
    return [digits.model_path(), *(sorted(Path(folder).glob("*.tflite")) if folder else [])]


@pytest.mark.parametrize("path", given_models(), ids=lambda path: path.stem)
@pytest.mark.parametrize("preset", ["large"])
def test_given_models(path: Path, preset: str) -> None:
    """Real models, unmodified."""
    assert check(import_tflite(path), PRESETS[preset], np.random.default_rng(seed())) is None


#: Layers above 1,000 cycles, and whole networks, are predicted to these shares of the RTL's cycles.
LAYER_ERROR, NETWORK_ERROR = 0.03, 0.02


@pytest.mark.parametrize("network", ["resnet_small", "mobilenet_v1_quarter"])
def test_cost_model(network: str, tmp_path: Path) -> None:
    """The cost model agrees with the RTL's counters."""
    generator = np.random.default_rng(seed())
    path = tmp_path / f"{network}.tflite"
    path.write_bytes(ZOO[network](1))
    graph = import_tflite(path)
    program = compile_graph(graph, PRESETS["large"])
    with RtlDevice(program.config) as device:
        run = Session(device, program).run(
            [random_input(graph.tensors[index], generator) for index in graph.inputs]
        )
    assert run.cycles is not None
    assert run.layer_cycles is not None
    prediction = predict(program)
    assert abs(prediction.cycles / run.cycles - 1) <= NETWORK_ERROR
    for expected, measured in zip(prediction.layer_cycles, run.layer_cycles, strict=True):
        assert measured <= 1000 or abs(expected / measured - 1) <= LAYER_ERROR
