"""Whole accelerators after synthesis, cell by cell, run networks as the RTL does."""

from pathlib import Path

import numpy as np
import pytest

from celosia.cli import digits
from celosia.cli.inputs import random_input
from celosia.cli.result import compare
from celosia.compiler.compile import compile_graph
from celosia.compiler.graph import Activation, Graph, Operation
from celosia.compiler.tflite_import import import_tflite
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.rtl import RtlDevice
from celosia.runtime.rtl.design import accelerator_verilog
from celosia.runtime.session import Session
from sim_tests.gates.netlist import FAMILIES, synthesise
from tests.random_network import RandomNetwork

INPUTS = 2

#: Memories just large enough for the networks, each of them block RAM.
MACHINE: dict[str, object] = {
    "rows": 4,
    "cols": 4,
    "vector_lanes": 2,
    "weight_bytes": 1 << 12,
    "scratchpad_bytes": 1 << 12,
    "program_bytes": 1 << 13,
    "parameter_words": 192,
    "accumulator_depth": 64,
}

#: For each family: fields of the configuration, and cells of which there must be some at least.
MACHINES: dict[str, tuple[dict[str, object], dict[str, int]]] = {
    "ecp5": ({"multiplier": "ecp5", "depthwise_taps": 3}, {"MULT18X18D": 16 + 12, "DP16KD": 8}),
    "ice40": ({"multiplier": "ice40"}, {"SB_MAC16": 8, "SB_RAM40_4K": 16}),
    "gowin": ({"multiplier": "gowin"}, {"MULT9X9": 16, "SDPX9B": 2, "DPX9B": 2}),
}


def network(seed: int) -> bytes:
    """A small network with what the bundled one lacks: depthwise, sums, pooling, a table."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 6, 5, 3), 5, stride=(2, 1), activation=Activation.RELU)
    x = net.add(x, net.depthwise(x))
    x = net.unary(Operation.LOGISTIC, net.max_pool(x, (2, 2)))
    return net.build(net.multiply(x, net.conv(x, 5, (1, 1))))


def differences(device: RtlDevice, graph: Graph, generator: np.random.Generator) -> int:
    """Elements of a network's outputs that are not the golden model's."""
    program = compile_graph(graph, device.config)
    session = Session(device, program)
    wrong = 0
    for _ in range(INPUTS):
        inputs = [random_input(graph.tensors[index], generator) for index in graph.inputs]
        wrong += compare(graph, program, session.run(inputs), inputs).mismatches
    return wrong


@pytest.mark.slow
@pytest.mark.parametrize("family", MACHINES)
def test_accelerator(family: str, tmp_path: Path, seed: int) -> None:
    """Two networks, every output; multipliers and memories are where they should be."""
    fields, blocks = MACHINES[family]
    config = AcceleratorConfig.create({**MACHINE, **fields})
    netlist = synthesise(accelerator_verilog(config), FAMILIES[family], top="accelerator")
    for cell, count in blocks.items():
        assert netlist.cells.get(cell, 0) >= count, (cell, netlist.cells)
    path = tmp_path / "random.tflite"
    path.write_bytes(network(seed))
    generator = np.random.default_rng(seed)
    graphs = [import_tflite(digits.model_path()), import_tflite(path)]
    with RtlDevice(config, verilog=netlist.simulated()) as device:
        assert [differences(device, graph, generator) for graph in graphs] == [0, 0]
