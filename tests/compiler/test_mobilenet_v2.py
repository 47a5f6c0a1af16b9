"""A network of MobileNetV2's size: it compiles, and its cycles are possible.

``python -m sim_tests.measurements.compiler_speed`` says how long that takes.
"""

import numpy as np

from celosia.compiler.compile import compile_graph
from celosia.compiler.cost import predict
from celosia.compiler.graph import Activation, Graph, Operation
from celosia.rtl.config import AcceleratorConfig
from tests.compiler.graphs import GraphBuilder

#: Large enough for the network, all of it.
LARGE_MEMORIES = AcceleratorConfig.create(
    {
        "rows": 16,
        "cols": 16,
        "vector_lanes": 8,
        "weight_rows_per_cycle": 4,
        "scratchpad_bytes": 1 << 22,
        "weight_bytes": 1 << 23,
        "parameter_words": 1 << 14,
        "program_bytes": 1 << 21,
    }
)
PLAN = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
]
"""Expansion, channels, blocks, stride of the first block."""

RELU6 = Activation.RELU6


def mobilenet_v2(rng: np.random.Generator) -> Graph:
    """The network of Sandler et al. (2018) for 224 x 224 pixels, with random weights."""
    net = GraphBuilder(rng)
    x = net.conv(net.input(1, 224, 224, 3), 32, stride=(2, 2), activation=RELU6)
    for expansion, channels, blocks, first_stride in PLAN:
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            hidden = net.shape(x)[3] * expansion
            y = net.conv(x, hidden, (1, 1), activation=RELU6) if expansion > 1 else x
            y = net.conv(y, hidden, depthwise=True, stride=(stride, stride), activation=RELU6)
            y = net.conv(y, channels, (1, 1))
            x = net.binary(Operation.ADD, x, y) if net.shape(x) == net.shape(y) else y
    x = net.mean(net.conv(x, 1280, (1, 1), activation=RELU6), 1, 2)
    return net.build(net.softmax(net.fully_connected(x, 1001)))


def test_mobilenet_v2(rng: np.random.Generator) -> None:
    compiled = compile_graph(mobilenet_v2(rng), LARGE_MEMORIES)
    assert predict(compiled).cycles > compiled.macs / LARGE_MEMORIES.macs_per_cycle
    assert 2.9e8 < compiled.macs < 3.1e8
