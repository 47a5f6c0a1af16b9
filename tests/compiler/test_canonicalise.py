"""Rewrites of the graph keep every remaining tensor's value."""

import numpy as np
import pytest

from celosia.compiler.canonicalise import canonicalise
from celosia.compiler.evaluate import evaluate
from celosia.compiler.graph import Activation, Graph, Operation
from celosia.compiler.tflite_import import import_model
from tests.compiler.graphs import GraphBuilder, random_inputs
from tests.zoo import ZOO


def operations(graph: Graph) -> list[Operation]:
    return [operator.operation for operator in graph.operators]


def canonical(graph: Graph, rng: np.random.Generator) -> Graph:
    """The graph rewritten, after checking that what it still computes did not change."""
    rewritten = canonicalise(graph)
    inputs = random_inputs(graph, rng)
    before, after = evaluate(graph, inputs), evaluate(rewritten, inputs)
    computed = {operator.outputs[0] for operator in rewritten.operators}
    assert computed >= set(graph.outputs) - set(graph.inputs) - {
        index for index, tensor in enumerate(rewritten.tensors) if tensor.data is not None
    }
    for index in computed:
        np.testing.assert_array_equal(before[index], after[index])
    return rewritten


@pytest.mark.parametrize("name", [name for name in ZOO if "mobilenet" not in name])
def test_values_do_not_change(name: str, rng: np.random.Generator) -> None:
    canonical(import_model(ZOO[name](int(rng.integers(1 << 31))), name=name), rng)


def test_pad_fuses_into_every_convolution_that_reads_it(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    x = net.pad(net.input(1, 5, 5, 3), 0, 0, 1, 2, 0, 3, 0, 0)
    graph = net.build(
        net.conv(x, 4, padding=(0, 0, 0, 0)), net.conv(x, 6, padding=(1, 1, 1, 1), depthwise=True)
    )
    rewritten = canonical(graph, rng)
    assert operations(rewritten) == [Operation.CONV_2D, Operation.DEPTHWISE_CONV_2D]
    assert [operator.window and operator.window.padding for operator in rewritten.operators] == [
        (1, 2, 0, 3),
        (2, 3, 1, 4),
    ]


def test_pad_stays_where_another_operator_reads_it(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    x = net.pad(net.input(1, 5, 5, 3), 0, 0, 1, 1, 1, 1, 0, 0)
    graph = net.build(net.conv(x, 4), net.logistic(x))
    assert Operation.PAD in operations(canonical(graph, rng))


@pytest.mark.parametrize("paddings", [(0, 0, 1, 1, 0, 0, 0, 1), (1, 0, 0, 0, 0, 0, 0, 0)])
def test_pad_of_other_axes_stays(paddings: tuple[int, ...], rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    graph = net.build(net.conv(net.pad(net.input(1, 5, 5, 3), *paddings), 4))
    assert Operation.PAD in operations(canonical(graph, rng))


def test_pad_that_is_an_output_stays(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    x = net.pad(net.input(1, 5, 5, 3), 0, 0, 1, 1, 1, 1, 0, 0)
    graph = net.build(net.conv(x, 4), x)
    assert Operation.PAD in operations(canonical(graph, rng))


def test_pad_with_another_zero_point_stays(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    x = net.pad(net.input(1, 5, 5, 3), 0, 0, 1, 1, 1, 1, 0, 0, zero=7)
    assert Operation.PAD in operations(canonical(net.build(net.conv(x, 4)), rng))


@pytest.mark.parametrize("activation", [Operation.RELU, Operation.RELU6])
def test_activation_fuses_into_its_producer(activation: Operation, rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    x = net.conv(net.input(1, 5, 5, 3), 4)
    graph = net.build(net.unary(activation, x, scale=0.3))
    rewritten = canonical(graph, rng)
    assert operations(rewritten) == [Operation.CONV_2D]
    assert rewritten.operators[0].activation is Activation[activation.name]


def test_activation_that_changes_the_scale_stays(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    x = net.conv(net.input(1, 5, 5, 3), 4)
    graph = net.build(net.unary(Operation.RELU, x, scale=0.2))
    assert operations(canonical(graph, rng)) == [Operation.CONV_2D, Operation.RELU]


def test_activation_whose_source_is_needed_stays(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    x = net.conv(net.input(1, 5, 5, 3), 4)
    y = net.conv(net.input(1, 5, 5, 3), 4)
    z = net.unary(Operation.RELU, y, scale=0.3)
    graph = net.build(net.unary(Operation.RELU, x, scale=0.3), x, net.binary(Operation.ADD, y, z))
    assert operations(canonical(graph, rng)).count(Operation.RELU) == 2


def test_constants_fold(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    constant = net.logistic(net.constant(1, 1, 1, 3))
    graph = net.build(net.binary(Operation.MUL, net.input(1, 5, 5, 3), constant))
    assert operations(canonical(graph, rng)) == [Operation.MUL]


def test_what_no_output_needs_is_dropped(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    x = net.input(1, 5, 5, 3)
    net.logistic(net.conv(x, 4))
    assert operations(canonical(net.build(net.logistic(x)), rng)) == [Operation.LOGISTIC]
