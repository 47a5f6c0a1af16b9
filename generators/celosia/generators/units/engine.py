"""Engines and their parts."""

from importlib import import_module
from typing import Any

from amaranth.lib import wiring

from celosia.generators.unit import Unit
from celosia.rtl.config import AcceleratorConfig


def _network_memories(config: AcceleratorConfig) -> Any:
    return import_module("celosia.rtl.memory.network").NetworkMemories.of(config, embedded=False)


def _scratchpad_latency(config: AcceleratorConfig) -> Any:
    scratchpad = import_module("celosia.rtl.memory.scratchpad")
    return scratchpad.read_latency(registered=bool(config.memory_registers))


def _matrix_engine(kind: Any, values: dict[str, Any]) -> wiring.Component:
    config = AcceleratorConfig.create(values)
    return kind(
        config,
        scratchpad_latency=_scratchpad_latency(config),
        weight_latency=_network_memories(config).weights.read_latency,
    )


def _vector_engine(kind: Any, values: dict[str, Any]) -> wiring.Component:
    config = AcceleratorConfig.create(values)
    scratchpad = import_module("celosia.rtl.memory.scratchpad")
    accumulators = import_module("celosia.rtl.memory.accumulators")
    return kind(
        config,
        scratchpad_latency=_scratchpad_latency(config),
        scratchpad_write_latency=scratchpad.Scratchpad.write_latency,
        accumulator_latency=accumulators.accumulator_read_latency(registered=bool(config.memory_registers)),
        parameter_latency=_network_memories(config).parameters.read_latency,
    )


def _depthwise_engine(kind: Any, values: dict[str, Any]) -> wiring.Component:
    config = AcceleratorConfig.create(values)
    latency = _scratchpad_latency(config)
    return kind(
        config,
        scratchpad_latency=latency,
        weight_latency=latency + _network_memories(config).weights.read_latency,
    )


UNITS = (
    Unit(
        "matrix_engine",
        "MATRIX commands: convolution loop nest, padding, weight loading, array",
        "celosia.rtl.engine.matrix:MatrixEngine",
        AcceleratorConfig.model_dump,
        _matrix_engine,
    ),
    Unit(
        "depthwise_engine",
        "DEPTHWISE commands: line buffers, a window of taps for each channel",
        "celosia.rtl.engine.depthwise:DepthwiseEngine",
        lambda c: {**c.model_dump(), "depthwise_taps": c.depthwise_taps or 9},
        _depthwise_engine,
    ),
    Unit(
        "vector_engine",
        "VECTOR commands: requantise, add, multiply, pool, table",
        "celosia.rtl.engine.vector:VectorEngine",
        AcceleratorConfig.model_dump,
        _vector_engine,
    ),
    Unit(
        "requantizer",
        "multiply, round, shift: one lane",
        "celosia.rtl.engine.requantize:Requantizer",
        lambda c: {"result_width": 32},
    ),
)
