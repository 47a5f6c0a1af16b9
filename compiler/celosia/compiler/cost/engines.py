"""The engines' costs: one function an engine, each in a file of its own."""

from collections.abc import Callable, Mapping

from celosia.compiler.cost.depthwise import depthwise_work
from celosia.compiler.cost.matrix import matrix_work
from celosia.compiler.cost.vector import vector_work
from celosia.compiler.cost.work import CommandWork, Fields
from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig

#: What a command of each engine takes, from its fields and the configuration.
ENGINE_WORK: Mapping[Engine, Callable[[Fields, AcceleratorConfig], CommandWork]] = {
    Engine.MATRIX: matrix_work,
    Engine.VECTOR: vector_work,
    Engine.DEPTHWISE: depthwise_work,
}

#: Multiply-accumulates of the engines that multiply a network's weights.
MACS_PER_CYCLE: Mapping[Engine, Callable[[AcceleratorConfig], int]] = {
    Engine.MATRIX: lambda config: config.macs_per_cycle,
    Engine.DEPTHWISE: lambda config: config.cols * config.depthwise_taps,
}
