"""Runs compiled programs on the functional model, layer by layer, with every wait checked."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.compile import compile_graph
from celosia.compiler.compiled import CompiledModel
from celosia.compiler.evaluate import evaluate
from celosia.compiler.graph import Graph
from celosia.rtl.bus.address_map import Region, parameter_image, program_image, weight_image
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.model import ModelDevice

ROOMY = {
    "scratchpad_bytes": 1 << 20,
    "weight_bytes": 1 << 23,
    "parameter_words": 1 << 15,
    "program_bytes": 1 << 22,
}

CONFIGS: dict[str, dict[str, int]] = {
    "4x4": {"rows": 4, "cols": 4, "vector_lanes": 2},
    "8x8": {},
    "5x7": {"rows": 5, "cols": 7, "vector_lanes": 3},
    "16x16": {
        "rows": 16,
        "cols": 16,
        "pe_rows": 4,
        "weight_rows_per_cycle": 4,
        "vector_lanes": 8,
        "depthwise_taps": 9,
    },
    "8x16": {"rows": 8, "cols": 16, "bus_width": 64, "depthwise_taps": 3},
    "few accumulators": {
        "rows": 4,
        "cols": 8,
        "vector_lanes": 1,
        "accumulator_depth": 6,
        "depthwise_taps": 9,
        "depthwise_line": 7,
        "depthwise_accumulator_depth": 8,
    },
    "odd lanes": {
        "rows": 8,
        "cols": 9,
        "vector_lanes": 5,
        "accumulator_depth": 50,
        "depthwise_taps": 3,
        "depthwise_accumulator_depth": 12,
    },
    "5x7 taps": {"rows": 5, "cols": 7, "vector_lanes": 3, "depthwise_taps": 9, "depthwise_line": 10},
}


def machine(name: str) -> AcceleratorConfig:
    """One of the configurations above, with memories that hold anything."""
    return AcceleratorConfig.create({**ROOMY, **CONFIGS[name]})


def check_program(graph: Graph, config: AcceleratorConfig, inputs: Sequence[NDArray[Any]]) -> CompiledModel:
    """Compile, run, and compare every layer's output and the network's with the golden model's."""
    compiled = compile_graph(graph, config)
    expected = evaluate(graph, inputs)
    device = ModelDevice(config, check_hazards=True)
    _load(device, Region.PROGRAM, 0, program_image(compiled.program))
    _load(device, Region.WEIGHTS, 0, weight_image(config, compiled.weights))
    _load(device, Region.PARAMETERS, 0, parameter_image(config, compiled.parameters))
    for address, content in (*compiled.constants, *compiled.device_inputs(inputs)):
        _load(device, Region.SCRATCHPAD, address, content)
    device.scratchpad[compiled.scratchpad_used :] = 0x5A
    done = 0
    for layer in sorted(compiled.layers, key=lambda layer: layer.commands[1]):
        if layer.where == "accelerator":
            device.start(layer.commands[1] - done)
            done = layer.commands[1]
            assert not device.wait(), "the program ended early"
            got = device.scratchpad[layer.address : layer.address + layer.size]
            wrong = np.count_nonzero(got != expected[layer.tensor].reshape(-1))
            assert not wrong, f"{layer.operation} {layer.name!r}: {wrong} of {layer.size} elements are wrong"
    device.start()
    assert device.wait()
    assert np.all(device.scratchpad[compiled.scratchpad_used :] == 0x5A), "wrote beyond what it needs"
    contents = [
        device.scratchpad[address : address + size].tobytes() for address, size in compiled.device_outputs()
    ]
    for index, output in zip(graph.outputs, compiled.finish(contents), strict=True):
        np.testing.assert_array_equal(output, expected[index])
    return compiled


def _load(device: ModelDevice, region: Region, offset: int, content: bytes) -> None:
    device.write(region.base + offset, content + bytes(-len(content) % device.bus_bytes))
