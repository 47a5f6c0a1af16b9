"""What the importer makes of models: indices, explicit paddings, attributes."""

from pathlib import Path

import numpy as np
import pytest

from celosia.compiler.evaluate import evaluate
from celosia.compiler.graph import Activation, Graph, Operation, Operator, Quantization, Window
from celosia.compiler.tflite_import import import_model, import_tflite
from celosia.compiler.tflite_writer import ModelBuilder, Padding
from tests.zoo import ZOO

Q = Quantization((0.5,), (3,))
UNIT = Quantization((1.0,), (0,))


def only_operator(net: ModelBuilder, source: int, target: int) -> tuple[Graph, Operator]:
    graph = import_model(net.build([source], [target]), name="model")
    assert len(graph.operators) == 1
    return graph, graph.operators[0]


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation", "output", "before", "after"),
    [
        (6, 3, 1, 1, 6, 1, 1),
        (6, 3, 2, 1, 3, 0, 1),  # the odd pixel comes after
        (7, 3, 2, 1, 4, 1, 1),
        (6, 2, 1, 1, 6, 0, 1),
        (6, 3, 1, 2, 6, 2, 2),
        (5, 10, 2, 1, 3, 4, 5),
        (7, 1, 3, 1, 3, 0, 0),
    ],
)
def test_same_padding_becomes_explicit(
    size: int, kernel: int, stride: int, dilation: int, output: int, before: int, after: int
) -> None:
    net = ModelBuilder()
    source = net.tensor("in", (1, size, 1, 2), Q)
    weights = net.constant("kernel", np.ones((3, kernel, 1, 2), np.int8), UNIT)
    target = net.tensor("out", (1, output, 1, 3), Q)
    net.conv_2d(source, weights, -1, target, stride=(stride, 1), dilation=(dilation, 1))
    _, operator = only_operator(net, source, target)
    assert operator.window == Window((stride, 1), (before, after, 0, 0), (dilation, 1))
    assert operator.inputs == (source, weights, -1)


def test_depthwise() -> None:
    net = ModelBuilder()
    source = net.tensor("in", (1, 5, 6, 2), Q)
    weights = net.constant("kernel", np.ones((1, 2, 3, 6), np.int8), UNIT)
    target = net.tensor("out", (1, 4, 2, 6), Q)
    net.depthwise_conv_2d(
        source,
        weights,
        -1,
        target,
        depth_multiplier=3,
        stride=(1, 2),
        padding=Padding.VALID,
        activation=Activation.RELU6,
    )
    _, operator = only_operator(net, source, target)
    assert operator.window == Window((1, 2), (0, 0, 0, 0), depth_multiplier=3)
    assert operator.activation is Activation.RELU6


def test_pooling() -> None:
    net = ModelBuilder()
    source = net.tensor("in", (1, 5, 6, 2), Q)
    target = net.tensor("out", (1, 3, 3, 2), Q)
    net.pool_2d(Operation.MAX_POOL_2D, source, target, size=(3, 2), stride=(2, 2), padding=Padding.SAME)
    _, operator = only_operator(net, source, target)
    assert operator.window == Window((2, 2), (1, 1, 0, 0), size=(3, 2))


def test_mean_and_pad_attributes() -> None:
    net = ModelBuilder()
    source = net.tensor("in", (1, 5, 6, 2), Q)
    padded = net.tensor("padded", (1, 8, 6, 2), Q)
    target = net.tensor("out", (1, 2), Q)
    net.pad(source, [(0, 0), (1, 2), (0, 0), (0, 0)], padded)
    net.mean(padded, (-2, 1), target)
    graph = import_model(net.build([source], [target]), name="model")
    assert graph.operators[0].attributes == {"paddings": (0, 0, 1, 2, 0, 0, 0, 0)}
    assert graph.operators[1].attributes == {"axes": (1, 2), "keep_dims": 0}


def test_function_attributes() -> None:
    net = ModelBuilder()
    tensors = [net.tensor(name, (1, 4), Q) for name in "abc"]
    probabilities = net.tensor("d", (1, 4), Quantization((1 / 256,), (-128,)))
    net.leaky_relu(tensors[0], tensors[1], alpha=0.1)
    net.gelu(tensors[1], tensors[2], approximate=True)
    net.softmax(tensors[2], probabilities, beta=0.5)
    graph = import_model(net.build(tensors[:1], [probabilities]), name="model")
    attributes = [dict(operator.attributes) for operator in graph.operators]
    assert attributes == [{"alpha": float(np.float32(0.1))}, {"approximate": 1}, {"beta": 0.5}]


def test_tensors_keep_index_name_scale_and_data() -> None:
    scale = float(np.float32(0.1))
    net = ModelBuilder()
    source = net.tensor("in", (1, 2), Quantization((scale,), (-128,)))
    data = np.array([[1, -2], [3, -4], [127, -128]], np.int8)
    weights = net.constant("kernel", data, Quantization((scale, 0.25, 1.0), (0, 0, 0)))
    bias = net.constant("bias", np.array([1, -(1 << 31), 70000], np.int32))
    target = net.tensor("out", (1, 3), Q)
    net.fully_connected(source, weights, bias, target, activation=Activation.RELU)
    graph, operator = only_operator(net, source, target)
    assert operator == Operator(
        Operation.FULLY_CONNECTED, (source, weights, bias), (target,), Activation.RELU
    )
    assert [tensor.name for tensor in graph.tensors] == ["in", "kernel", "bias", "out"]
    assert graph.tensors[source].quantization == Quantization((scale,), (-128,))
    assert graph.tensors[weights].quantization == Quantization((scale, 0.25, 1.0), (0, 0, 0))
    stored = [graph.tensors[index].data for index in (weights, bias)]
    assert stored[0] is not None
    assert stored[1] is not None
    np.testing.assert_array_equal(stored[0], data, strict=True)
    np.testing.assert_array_equal(stored[1], np.array([1, -(1 << 31), 70000], np.int32), strict=True)
    assert (graph.inputs, graph.outputs) == ((source,), (target,))


def test_name_is_the_file_s(tmp_path: Path) -> None:
    path = tmp_path / "keywords.tflite"
    path.write_bytes(ZOO["odd_sizes"](1))
    assert import_tflite(path).name == "keywords"


def test_evaluate_checks_inputs() -> None:
    graph = import_model(ZOO["odd_sizes"](1), name="model")
    image = np.zeros(graph.tensors[graph.inputs[0]].shape, np.int8)
    by_index, in_order = evaluate(graph, {graph.inputs[0]: image}), evaluate(graph, [image])
    np.testing.assert_array_equal(by_index[graph.outputs[0]], in_order[graph.outputs[0]], strict=True)
    with pytest.raises(ValueError, match=r"^inputs must be for tensors"):
        evaluate(graph, {})
    with pytest.raises(TypeError, match=r"^input '.*' must be int8, not int16$"):
        evaluate(graph, [image.astype(np.int16)])
    with pytest.raises(ValueError, match=r"^input '.*' must have the shape"):
        evaluate(graph, [image[0]])
