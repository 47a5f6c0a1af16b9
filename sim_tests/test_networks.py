"""Whole networks on the RTL: every output equals the golden model's, and every cycle the cost model's.

They run on machines of many shapes.

``CELOSIA_MODELS``, a folder of ``.tflite`` files, adds these to the networks that the tests make themselves.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from celosia.cli import digits
from celosia.cli.inputs import random_input
from celosia.cli.result import compare
from celosia.compiler.batch import batched
from celosia.compiler.compile import compile_graph
from celosia.compiler.cost import Prediction, predict
from celosia.compiler.graph import Graph
from celosia.compiler.tflite_import import import_tflite
from celosia.generators.presets import PRESETS
from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.mac.products import Multiplier
from celosia.runtime.rtl import RtlDevice
from celosia.runtime.session import Run, Session
from tests.random_network import RandomNetwork
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
            "depthwise_taps": 3,
        }
    ),
}
#: As little hardware as there can be for it.
TINY = AcceleratorConfig(
    rows=2,
    cols=2,
    accumulator_width=20,
    accumulator_depth=128,
    scratchpad_bytes=2048,
    scratchpad_banks=2,
    weight_bytes=2048,
    parameter_words=64,
    program_bytes=8192,
    vector_lanes=1,
    vector_functions="maximum",
    queue_depth=0,
    performance_counters=0,
)
OTHER_MACHINES = {
    "nano": PRESETS["nano"],
    "small": PRESETS["small"],
    "tiny": TINY,
    "8x16": PRESETS["small"].model_copy(
        update={
            "cols": 16,
            "pe_cols": 2,
            "multiplier": Multiplier.ECP5_PACKED,
            "bus_width": 64,
            "memory_registers": 1,
        }
    ),
}


#: Layers above 1,000 cycles, and whole networks, are predicted to these shares if DEPTHWISE works: a read of weights
#: may become known when MATRIX's have been followed beyond it. Otherwise predictions are exact.
LAYER_ERROR, NETWORK_ERROR = 0.03, 0.02


def prediction_error(prediction: Prediction, run: Run) -> str | None:
    """Where a run on a fresh machine and its prediction part, if they do.

    Every command, cycle and counter counts, unless DEPTHWISE has commands.
    """
    if any(command.engine is Engine.DEPTHWISE for command in prediction.commands):
        pairs = [
            (prediction.cycles, run.cycles or 0, NETWORK_ERROR),
            *(
                (expected, measured, LAYER_ERROR)
                for expected, measured in zip(prediction.layer_cycles, run.layer_cycles or (), strict=True)
                if measured > 1000
            ),
        ]
        wrong = [
            f"{expected} cycles are predicted, {measured} taken"
            for expected, measured, error in pairs
            if abs(expected - measured) > error * measured
        ]
        return ", ".join(wrong) or None
    for number, (expected, measured) in enumerate(zip(prediction.commands, run.commands, strict=True)):
        if expected != measured:
            return f"command {number} is predicted as {expected}, and is {measured}"
    if prediction.layer_cycles != run.layer_cycles:
        return f"layers are predicted to take {prediction.layer_cycles} cycles, and take {run.layer_cycles}"
    if prediction.counters() != run.counters:
        return f"counters are predicted as {prediction.counters()}, and are {run.counters}"
    return None


def check(graph: Graph, config: AcceleratorConfig, generator: np.random.Generator) -> str | None:
    """Run a network on random inputs; what is wrong, if anything."""
    program = compile_graph(graph, config)
    prediction = predict(program)
    with RtlDevice(config, profile=True) as device:
        session = Session(device, program)
        for number in range(INPUTS):
            inputs = [random_input(graph.tensors[index], generator) for index in graph.inputs]
            run = session.run(inputs)
            if wrong := compare(graph, program, run, inputs).mismatches:
                return f"{graph.name}: {wrong} elements differ for input {number}"
            if not run.cycles or run.layer_cycles is None or not 0 < sum(run.layer_cycles) <= run.cycles:
                return f"{graph.name}: layers take {run.layer_cycles} of {run.cycles} cycles"
            if number == 0 and (wrong_time := prediction_error(prediction, run)):
                return f"{graph.name}: {wrong_time}"
    return None


@pytest.mark.parametrize("machine", MACHINES)
def test_zoo(machine: str, tmp_path: Path, seed: int) -> None:
    """Each network that the tests can make, at awkward sizes, with all operators."""
    generator = np.random.default_rng(seed)
    wrong = []
    for name, make in ZOO.items():
        path = tmp_path / f"{name}.tflite"
        path.write_bytes(make(seed))
        wrong.append(
            check(import_tflite(path), AcceleratorConfig.create(MACHINES[machine].model_dump()), generator)
        )
    assert len(wrong) == len(ZOO)
    assert not [line for line in wrong if line]


@pytest.mark.parametrize("machine", OTHER_MACHINES)
def test_bundled_network(machine: str, rng: np.random.Generator) -> None:
    """The digits network on machines of other shapes."""
    config = AcceleratorConfig.create(OTHER_MACHINES[machine].model_dump())
    assert check(import_tflite(digits.model_path()), config, rng) is None


@pytest.mark.parametrize("memory_registers", [0, 1])
def test_layers_beside_depthwise(memory_registers: int, tmp_path: Path, seed: int) -> None:
    """Tiles so short that MATRIX notices when DEPTHWISE reads weights, as the cost model knows to the cycle."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 3, 3, 32), 64, (1, 1))
    for _ in range(2):
        x = net.conv(net.depthwise(x), 64, (1, 1))
    path = tmp_path / "short_tiles.tflite"
    path.write_bytes(net.build(x))
    graph = import_tflite(path)
    config = PRESETS["small"].model_copy(update={"memory_registers": memory_registers})
    program = compile_graph(graph, config)
    inputs = [random_input(graph.tensors[index], np.random.default_rng(seed)) for index in graph.inputs]
    with RtlDevice(config) as device:
        run = Session(device, program).run(inputs)
    assert compare(graph, program, run, inputs).mismatches == 0
    assert run.cycles == predict(program).cycles


def test_batch(rng: np.random.Generator) -> None:
    """Several inputs at once: each one's outputs, and less time than one after the other."""
    config = AcceleratorConfig.create(OTHER_MACHINES["small"].model_dump())
    graph = import_tflite(digits.model_path())
    program = compile_graph(batched(graph, INPUTS), config)
    samples = [[random_input(graph.tensors[index], rng) for index in graph.inputs] for _ in range(INPUTS)]
    with RtlDevice(config) as device:
        alone = Session(device, compile_graph(graph, config)).run(samples[0])
    with RtlDevice(config) as device:
        run = Session(device, program).run([np.concatenate(arrays) for arrays in zip(*samples, strict=True)])
    for own, inputs in zip(run.split(INPUTS), samples, strict=True):
        assert compare(graph, program, own, inputs).mismatches == 0
    assert alone.cycles is not None
    assert run.cycles is not None
    assert run.cycles < INPUTS * alone.cycles


def given_models() -> list[Path]:
    """The files in ``CELOSIA_MODELS``, and always the bundled network."""
    folder = os.environ.get("CELOSIA_MODELS")
    return [digits.model_path(), *(sorted(Path(folder).glob("*.tflite")) if folder else [])]


@pytest.mark.parametrize("path", given_models(), ids=lambda path: path.stem)
@pytest.mark.parametrize("preset", ["large"])
def test_given_models(path: Path, preset: str, rng: np.random.Generator) -> None:
    """Real models, unmodified."""
    assert check(import_tflite(path), PRESETS[preset], rng) is None


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
def test_everything(preset: str, tmp_path: Path, seed: int) -> None:
    """Every network on every preset that holds it."""
    generator = np.random.default_rng(seed)
    graphs = [import_tflite(path) for path in given_models()]
    for name, make in ZOO.items():
        path = tmp_path / f"{name}.tflite"
        path.write_bytes(make(seed))
        graphs.append(import_tflite(path))
    wrong = [check(graph, PRESETS[preset], generator) for graph in graphs]
    assert len(wrong) == len(graphs)
    assert not [line for line in wrong if line]
