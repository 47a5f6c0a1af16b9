"""Intact models that cannot run here: the message names the operator or the tensor and the reason."""

import re
from collections.abc import Callable

import numpy as np
import pytest
import tflite

from celosia.compiler.graph import Operation, Quantization
from celosia.compiler.tflite_import import ModelError, import_model
from celosia.compiler.tflite_writer import ModelBuilder, Padding
from tests.importer.patching import operator_code, options, patched, quantization, tensor, with_vector_element

Q = Quantization((0.5,), (3,))
WEIGHTS = Quantization((0.25,), (0,))

# numbers of fields in the schema
MODEL_VERSION = 0
CODE_DEPRECATED, CODE_BUILTIN = 0, 3
TENSOR_SHAPE, TENSOR_TYPE, TENSOR_BUFFER = 0, 1, 2
QUANTIZATION_SCALE, QUANTIZATION_ZERO = 2, 3
CONV_PADDING, CONV_STRIDE_W = 0, 1


def assert_refused(content: bytes, message: str) -> None:
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
        import_model(content, name="model")


def convolution(
    *,
    weights: tuple[int, ...] = (4, 3, 3, 2),
    weight_quantization: Quantization = WEIGHTS,
    bias: int = 4,
    output: tuple[int, ...] = (1, 3, 3, 4),
    padding: Padding = Padding.SAME,
) -> bytes:
    """Tensors: 0 input, 1 weights, 2 bias, 3 output; stride 2, so that its option is written."""
    net = ModelBuilder()
    source = net.tensor("in", (1, 6, 6, 2), Q)
    kernel = net.constant("kernel", np.ones(weights, np.int8), weight_quantization)
    biases = net.constant("bias", np.ones(bias, np.int32))
    target = net.tensor("out", output, Q)
    net.conv_2d(source, kernel, biases, target, stride=(2, 2), padding=padding)
    return net.build([source], [target])


def unary(operation: Operation, source: Quantization = Q, target: Quantization = Q) -> bytes:
    net = ModelBuilder()
    tensors = [net.tensor("in", (1, 4), source), net.tensor("out", (1, 4), target)]
    net.unary(operation, *tensors)
    return net.build(tensors[:1], tensors[1:])


def addition(a: tuple[int, ...], b: tuple[int, ...], output: tuple[int, ...]) -> bytes:
    net = ModelBuilder()
    tensors = [net.tensor(name, shape, Q) for name, shape in zip("abo", (a, b, output), strict=True)]
    net.binary(Operation.ADD, *tensors)
    return net.build(tensors[:2], tensors[2:])


def test_the_base_models_are_accepted() -> None:
    for content in (convolution(), unary(Operation.RELU), addition((1, 4), (1, 4), (1, 4))):
        import_model(content, name="model")


@pytest.mark.parametrize(
    ("code", "name"), [(tflite.BuiltinOperator.SVDF, "SVDF"), (tflite.BuiltinOperator.LSTM, "LSTM")]
)
def test_unsupported_operator(code: int, name: str) -> None:
    content = patched(unary(Operation.RELU), operator_code(0), CODE_BUILTIN, "i", code)
    content = patched(content, operator_code(0), CODE_DEPRECATED, "b", code)
    assert_refused(content, f"operator {name} (output tensor 'out') is not supported: no hardware form")


def test_custom_operator() -> None:
    content = patched(
        unary(Operation.ELU), operator_code(0), CODE_BUILTIN, "i", tflite.BuiltinOperator.CUSTOM
    )
    content = patched(content, operator_code(0), CODE_DEPRECATED, "b", tflite.BuiltinOperator.CUSTOM)
    assert_refused(content, "operator CUSTOM '' (output tensor 'out') is not supported: no hardware form")


@pytest.mark.parametrize(
    ("type_code", "reason"),
    [
        (
            tflite.TensorType.FLOAT32,
            "FLOAT32; Celosia needs int8 quantised models: quantise it with full integer quantisation",
        ),
        (
            tflite.TensorType.UINT8,
            "UINT8; the legacy uint8 quantisation is not supported, convert the model to int8",
        ),
        (tflite.TensorType.INT16, "INT16; only INT8 is supported here"),
        (tflite.TensorType.INT4, "INT4; only INT8 is supported here"),
        (tflite.TensorType.STRING, "STRING; only INT8 is supported here"),
    ],
)
def test_wrong_types(type_code: int, reason: str) -> None:
    content = patched(convolution(), tensor(3), TENSOR_TYPE, "b", type_code)
    assert_refused(content, f"tensor 'out' of operator CONV_2D is {reason}")


def test_four_bit_weights() -> None:
    content = patched(convolution(), tensor(1), TENSOR_TYPE, "b", tflite.TensorType.INT4)
    assert_refused(content, "tensor 'kernel' of operator CONV_2D is INT4; only INT8 is supported here")


@pytest.mark.parametrize("extent", [-1, 0])
def test_dynamic_shape(extent: int) -> None:
    content = with_vector_element(convolution(), tensor(0), TENSOR_SHAPE, 1, "i", extent)
    message = f"tensor 'in' has the shape [1, {extent}, 6, 2]: shapes must be fixed, not empty"
    assert_refused(content, message)


def test_data_that_does_not_fit_its_shape() -> None:
    content = with_vector_element(convolution(), tensor(1), TENSOR_SHAPE, 1, "i", 5)
    assert_refused(content, "tensor 'kernel' has 72 bytes of data, its shape needs 120")


def test_missing_buffer() -> None:
    content = patched(convolution(), tensor(1), TENSOR_BUFFER, "I", 77)
    assert_refused(content, "tensor 'kernel' refers to buffer 77, which does not exist")


def test_schema_version() -> None:
    content = patched(convolution(), lambda model: model, MODEL_VERSION, "I", 2)
    assert_refused(content, "schema version must be 3, not 2")


@pytest.mark.parametrize(("scale", "text"), [(0.0, "0.0"), (-1.0, "-1.0"), (np.inf, "inf"), (np.nan, "nan")])
def test_impossible_scale(scale: float, text: str) -> None:
    content = with_vector_element(convolution(), quantization(0), QUANTIZATION_SCALE, 0, "f", scale)
    assert_refused(content, f"tensor 'in' has the scale {text}: scales must be positive")


def test_impossible_zero_point() -> None:
    content = with_vector_element(convolution(), quantization(0), QUANTIZATION_ZERO, 0, "q", 128)
    assert_refused(content, "tensor 'in' has the zero point 128, beyond INT8")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            convolution(weight_quantization=Quantization((0.25,), (1,))),
            "has weights with a zero point, which is not supported",
        ),
        (
            convolution(weight_quantization=Quantization((0.25,) * 3, (0,) * 3, 1)),
            "has weights that are not quantised per output channel",
        ),
        (convolution(bias=3), "must have 4 biases, not shape [3]"),
        (
            convolution(weights=(4, 3, 3, 3)),
            "has 2 input channels, weights for 3 and 4 outputs: no whole groups",
        ),
        (
            convolution(output=(1, 2, 3, 4)),
            "has the output shape [1, 2, 3, 4], should have [1, 3, 3, 4]",
        ),
        (
            convolution(weights=(4, 7, 3, 2), padding=Padding.VALID),
            "has a window of 7 on an image of 6 without padding",
        ),
        (
            patched(convolution(), options(0), CONV_STRIDE_W, "i", 0),
            "has a stride, dilation or window below 1",
        ),
        (
            patched(convolution(padding=Padding.VALID), options(0), CONV_PADDING, "b", 7),
            "has padding 7, which is not SAME or VALID",
        ),
    ],
)
def test_convolutions(content: bytes, reason: str) -> None:
    assert_refused(content, f"operator CONV_2D (output tensor 'out') {reason}")


def test_wrong_number_of_scales() -> None:
    content = convolution(weight_quantization=Quantization((0.25,) * 3, (0,) * 3))
    assert_refused(content, "tensor 'kernel' has 3 scales for 4 channels")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            addition((1, 4), (1, 3), (1, 4)),
            "operator ADD (output tensor 'o') has inputs of shapes [1, 4] and [1, 3], which do not broadcast",
        ),
        (
            addition((1, 4), (1, 1), (1, 1)),
            "operator ADD (output tensor 'o') has the output shape [1, 1], should have [1, 4]",
        ),
        (unary(Operation.PAD), "operator PAD (output tensor 'out') must have 2 inputs"),
        (
            unary(Operation.CONV_2D),
            "operator CONV_2D (output tensor 'out') must have 2 to 3 inputs",
        ),
        (
            unary(Operation.LOGISTIC),
            "operator LOGISTIC (output tensor 'out') must have the output scale 1/256 and zero point -128",
        ),
        (
            unary(Operation.TANH),
            "operator TANH (output tensor 'out') must have the output scale 1/128 and zero point 0",
        ),
        (
            unary(Operation.HARD_SWISH, Quantization((64.0,), (0,))),
            "operator HARD_SWISH (output tensor 'out') has an input scale 128 times the output scale",
        ),
        (
            unary(Operation.RELU, Quantization((0.5,) * 4, (0,) * 4, 1)),
            "operator RELU (output tensor 'out') has 4 scales on 'in', not one",
        ),
    ],
)
def test_other_operators(content: bytes, message: str) -> None:
    assert_refused(content, message)


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        (lambda net: net.unary(Operation.RELU, 1, 1), "tensor 'out' is used before it is computed"),
        (lambda net: net.unary(Operation.RELU, 0, 0), "tensor 'in' is computed twice"),
        (lambda net: None, "the model has no operators, no inputs or no outputs"),
    ],
)
def test_order(wire: Callable[[ModelBuilder], object], message: str) -> None:
    net = ModelBuilder()
    tensors = [net.tensor(name, (1, 4), Q) for name in ("in", "out")]
    wire(net)
    assert_refused(net.build(tensors[:1], tensors[1:]), message)
