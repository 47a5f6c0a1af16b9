"""What the host computes, and what is refused."""

import numpy as np
import pytest

from celosia.compiler.compile import compile_graph
from celosia.compiler.errors import UnsupportedError
from celosia.compiler.evaluate import evaluate
from celosia.compiler.graph import Operation
from celosia.compiler.partition import partition
from celosia.rtl.config import AcceleratorConfig
from tests.compiler.graphs import GraphBuilder, random_inputs

FLOAT = np.dtype(np.float32)


def test_three_parts_compute_what_the_whole_does(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    real, direct = net.input(1, 6, dtype=FLOAT), net.input(1, 6)
    x = net.operator(Operation.QUANTIZE, (real,), net.tensor(1, 6))
    y = net.softmax(net.fully_connected(net.binary(Operation.ADD, x, direct), 8))
    z = net.operator(Operation.DEQUANTIZE, (y,), net.tensor(1, 8, dtype=FLOAT))
    flat = net.tensor(8, zero=-128, scale=1 / 256)
    graph = net.build(z, net.operator(Operation.RESHAPE, (y,), flat))

    parts = partition(graph)
    names = [[operator.operation.value for operator in part.operators] for part in vars(parts).values()]
    assert names == [["QUANTIZE"], ["ADD", "FULLY_CONNECTED"], ["SOFTMAX", "DEQUANTIZE", "RESHAPE"]]
    inputs = random_inputs(graph, rng)
    before = evaluate(parts.prologue, inputs)
    middle = evaluate(parts.body, [before[index] for index in parts.prologue.outputs])
    after = evaluate(parts.epilogue, [middle[index] for index in parts.body.outputs])
    expected = evaluate(graph, inputs)
    for index, output in zip(graph.outputs, parts.epilogue.outputs, strict=True):
        np.testing.assert_array_equal(after[output], expected[index])


def test_every_unsupported_operator_has_its_line(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    x = net.input(1, 4, 4, 3)
    soft = net.softmax(x)
    quantized = net.operator(
        Operation.QUANTIZE,
        (net.operator(Operation.DEQUANTIZE, (x,), net.tensor(1, 4, 4, 3, dtype=FLOAT)),),
        net.tensor(1, 4, 4, 3),
    )
    graph = net.build(net.logistic(soft), net.conv(soft, 2), quantized)
    with pytest.raises(UnsupportedError) as caught:
        compile_graph(graph, AcceleratorConfig())
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert lines[0] == ("QUANTIZE (output tensor 'tensor 3') of a floating-point result is not supported")
    assert lines[1] == (
        "SOFTMAX (output tensor 'tensor 1') is supported only at the end of a network,"
        " but its result is used by LOGISTIC (output tensor 'tensor 4')"
    )
    assert "CONV_2D (output tensor 'tensor 6')" in lines[2]


def test_float_tensors_at_the_edges_are_refused(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    real = net.input(1, 6, dtype=FLOAT)
    graph = net.build(net.softmax(net.input(1, 6)), real)
    with pytest.raises(
        UnsupportedError, match=r"^tensor 'tensor 0' of type float32 is not supported as an input"
    ):
        compile_graph(graph, AcceleratorConfig())


def test_softmax_beyond_the_kernel_is_refused(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    graph = net.build(net.softmax(net.input(1, 5000)), net.softmax(net.input(1, 6000)))
    with pytest.raises(UnsupportedError) as caught:
        compile_graph(graph, AcceleratorConfig())
    assert [line[:36] for line in str(caught.value).splitlines()] == [
        "SOFTMAX (output tensor 'tensor 1') i",
        "SOFTMAX (output tensor 'tensor 3') i",
    ]
