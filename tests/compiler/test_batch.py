"""Batched networks compute for each input what they compute for it alone, or say why they cannot."""

from collections.abc import Callable

import numpy as np
import pytest

from celosia.compiler.batch import batched
from celosia.compiler.compile import compile_graph
from celosia.compiler.cost import predict
from celosia.compiler.errors import UnsupportedError
from celosia.compiler.evaluate import evaluate
from celosia.compiler.graph import Graph, Operation
from celosia.compiler.tflite_import import import_model
from tests.compiler.graphs import GraphBuilder, random_inputs
from tests.compiler.programs import check_program, machine
from tests.zoo import ZOO

BATCH = 3
LARGE = {"mobilenet_v1_quarter"}
"""Networks that are only evaluated, not run, to save time."""


def is_single(graph: Graph) -> bool:
    return all(graph.tensors[index].shape[0] == 1 for index in graph.inputs)


@pytest.mark.parametrize("name", ZOO)
def test_zoo(name: str, rng: np.random.Generator) -> None:
    graph = import_model(ZOO[name](int(rng.integers(1 << 31))), name=name)
    if not is_single(graph):
        assert name == "fully_connected_batch"
        with pytest.raises(UnsupportedError, match=r"^input 'input_1' must have 1 as its first dimension"):
            batched(graph, BATCH)
        return
    inputs = [random_inputs(graph, rng) for _ in range(BATCH)]
    together = [np.concatenate(arrays) for arrays in zip(*inputs, strict=True)]
    alone = [evaluate(graph, own) for own in inputs]
    large = batched(graph, BATCH)
    values = evaluate(large, together)
    for index, tensor in enumerate(large.tensors):
        if tensor.shape != graph.tensors[index].shape:
            np.testing.assert_array_equal(values[index], np.concatenate([own[index] for own in alone]))
    assert all(large.tensors[index].shape[0] % BATCH == 0 for index in large.outputs)
    if name not in LARGE:
        check_program(large, machine("16x16"), together)


def test_batch_of_one_is_the_network_itself(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    graph = net.build(net.unary(Operation.RELU, net.input(3, 4)))
    assert batched(graph, 1) is graph


def test_weights_are_shared(rng: np.random.Generator) -> None:
    """Fully-connected layers are bound by the loading of weights, which a batch does once."""
    net = GraphBuilder(rng)
    graph = net.build(net.fully_connected(net.fully_connected(net.input(1, 256), 256), 256))
    config = machine("16x16")
    alone, four = (predict(compile_graph(batched(graph, size), config)).cycles for size in (1, 4))
    assert four < 1.1 * alone


def over_images(net: GraphBuilder) -> int:
    return net.mean(net.input(1, 4, 3), 0)


def of_images(net: GraphBuilder) -> int:
    return net.pad(net.input(1, 4, 3), 0, 1, 0, 0, 0, 0)


def across_ranks(net: GraphBuilder) -> int:
    return net.binary(Operation.ADD, net.input(1, 3), net.input(1, 4, 3))


def varying_constant(net: GraphBuilder) -> int:
    rows = net.reshape(net.input(1, 4, 3), 4, 3)
    return net.binary(Operation.MUL, rows, net.constant(4, 3))


def only_dimension(net: GraphBuilder) -> int:
    return net.softmax(net.reshape(net.input(1, 4, 3), 12))


def unrelated(net: GraphBuilder) -> int:
    net.input(1, 4)
    return net.pad(net.constant(1, 5), 0, 0, 1, 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (over_images, r"MEAN \(.*\) cannot be batched: it averages over the first dimension"),
        (of_images, r"PAD \(.*\) cannot be batched: it pads the first dimension"),
        (across_ranks, r"ADD \(.*\) cannot be batched: an operand of the shape \(1, 3\) would meet others'"),
        (varying_constant, r"MUL \(.*\) cannot be batched: a constant of the shape \(4, 3\) differs along"),
        (only_dimension, r"SOFTMAX \(.*\) cannot be batched: its only dimension would grow"),
        (unrelated, r"output 'tensor 2' cannot be batched: it does not depend on an input"),
    ],
)
def test_obstacles(make: Callable[[GraphBuilder], int], message: str, rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    graph = net.build(make(net))
    with pytest.raises(UnsupportedError, match=f"^{message}"):
        batched(graph, 2)


def test_size_below_one(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    graph = net.build(net.unary(Operation.RELU, net.input(1, 4)))
    with pytest.raises(ValueError, match=r"^size must be at least 1, not 0$"):
        batched(graph, 0)
