"""What is written is read back as meant, by the schema's own classes and by TFLite Micro."""

import errno
from pathlib import Path

import numpy as np
import pytest
import tflite
from numpy.typing import NDArray

from celosia.compiler.graph import Operation, Quantization
from celosia.compiler.tflite_writer import ModelBuilder, Padding
from celosia.generators.files import write_atomically
from tests.judge import reference_tensors
from tests.zoo import NOT_IN_TFLITE_MICRO, ZOO

PRESCRIBED = ("logistic", "tanh", "softmax", "dequantize")
"""Tensors whose scale TFLite fixes, whatever range the values have."""


def subgraph(model: bytes) -> tflite.SubGraph:
    """The only subgraph of a model."""
    return tflite.Model.GetRootAs(model, 0).Subgraphs(0)


def random_inputs(model: bytes, seed: int) -> dict[int, NDArray[np.generic]]:
    """Full-range values for each int8 input, normal ones for floats."""
    rng = np.random.default_rng(seed)
    inputs = {}
    for index in subgraph(model).InputsAsNumpy():
        tensor = subgraph(model).Tensors(index)
        shape = tuple(tensor.ShapeAsNumpy())
        is_float = tensor.Type() == tflite.TensorType.FLOAT32
        values = rng.normal(0, 1, shape) if is_float else rng.integers(-128, 128, shape)
        inputs[int(index)] = values.astype(np.float32 if is_float else np.int8)
    return inputs


@pytest.mark.parametrize("name", [name for name in ZOO if name not in NOT_IN_TFLITE_MICRO])
def test_zoo_runs_and_spreads(name: str, tmp_path: Path) -> None:
    """TFLite Micro accepts each network, and no tensor of it is (nearly) constant or saturated above."""
    model = ZOO[name](7)
    write_atomically(tmp_path / "model.tflite", model)
    inputs = random_inputs(model, 8)
    graph = subgraph(model)
    for index, values in reference_tensors(tmp_path / "model.tflite", inputs).items():
        tensor = graph.Tensors(index).Name().decode()
        if tensor.startswith(PRESCRIBED) or values.size < 10:
            continue
        assert len(np.unique(values)) >= 8, f"{tensor} takes {len(np.unique(values))} values"
        assert np.mean(values == np.iinfo(np.int8).max) < 0.5, f"{tensor} saturates"


@pytest.mark.parametrize("name", ["odd_sizes", "random_convolutions"])
def test_same_seed_same_bytes(name: str) -> None:
    assert ZOO[name](3) == ZOO[name](3)
    assert ZOO[name](3) != ZOO[name](4)


def small_model() -> bytes:
    """One convolution with distinctive attributes."""
    builder = ModelBuilder("small")
    source = builder.tensor("source", (1, 9, 8, 2), Quantization((0.5,), (3,)))
    weights = builder.constant(
        "weights",
        np.arange(18, dtype=np.int8).reshape(3, 3, 1, 2),
        Quantization((0.1, 0.2, 0.3), (0,) * 3, 0),
    )
    bias = builder.constant("bias", np.array([-1, 0, 1 << 20], np.int32))
    output = builder.tensor("output", (1, 4, 4, 3), Quantization((0.25,), (-128,)))
    builder.conv_2d(source, weights, bias, output, stride=(1, 2), padding=Padding.VALID, dilation=(3, 1))
    return builder.build([source], [output])


def test_container() -> None:
    model = small_model()
    assert model[4:8] == b"TFL3"
    root = tflite.Model.GetRootAs(model, 0)
    assert root.Version() == 3
    assert root.SubgraphsLength() == 1
    assert root.Buffers(0).DataLength() == 0
    assert root.OperatorCodes(0).BuiltinCode() == tflite.BuiltinOperator.CONV_2D
    assert root.OperatorCodes(0).DeprecatedBuiltinCode() == tflite.BuiltinOperator.CONV_2D
    assert root.OperatorCodes(0).Version() == 3


def test_operator_code_beyond_the_deprecated_field() -> None:
    code = tflite.Model.GetRootAs(ZOO["gelu"](0), 0).OperatorCodes(1)
    assert code.BuiltinCode() == tflite.BuiltinOperator.GELU
    assert code.DeprecatedBuiltinCode() == tflite.BuiltinOperator.PLACEHOLDER_FOR_GREATER_OP_CODES


def test_tensors() -> None:
    graph = subgraph(small_model())
    source, weights = graph.Tensors(0), graph.Tensors(1)
    assert source.Name() == b"source"
    assert source.ShapeAsNumpy().tolist() == [1, 9, 8, 2]
    assert source.Type() == tflite.TensorType.INT8
    assert source.Buffer() == 0
    assert source.Quantization().ZeroPointAsNumpy().tolist() == [3]
    assert weights.Quantization().ScaleAsNumpy().tolist() == np.array([0.1, 0.2, 0.3], np.float32).tolist()
    assert weights.Quantization().QuantizedDimension() == 0
    assert graph.InputsAsNumpy().tolist() == [0]
    assert graph.OutputsAsNumpy().tolist() == [3]


def test_constants_are_aligned_little_endian_bytes() -> None:
    model = small_model()
    root = tflite.Model.GetRootAs(model, 0)
    bias = root.Buffers(root.Subgraphs(0).Tensors(2).Buffer())
    assert bias.DataAsNumpy().tobytes() == np.array([-1, 0, 1 << 20], "<i4").tobytes()
    for index in range(1, root.BuffersLength()):
        content = root.Buffers(index).DataAsNumpy().tobytes()
        assert any(model[at : at + len(content)] == content for at in range(0, len(model), 16))


def test_options() -> None:
    operator = subgraph(small_model()).Operators(0)
    assert operator.InputsAsNumpy().tolist() == [0, 1, 2]
    assert operator.BuiltinOptionsType() == tflite.BuiltinOptions.Conv2DOptions
    options = tflite.Conv2DOptions()
    options.Init(operator.BuiltinOptions().Bytes, operator.BuiltinOptions().Pos)
    assert options.Padding() == tflite.Padding.VALID
    assert (options.StrideH(), options.StrideW()) == (1, 2)
    assert (options.DilationHFactor(), options.DilationWFactor()) == (3, 1)


def test_bad_arguments() -> None:
    builder = ModelBuilder()
    with pytest.raises(ValueError, match=r"^tensor must be the index of an added tensor, not 5$"):
        builder.unary(Operation.RELU, 5, 5)
    with pytest.raises(
        TypeError, match=r"^dtype must be one of a \.tflite file's, not dtype\('complex128'\)$"
    ):
        builder.tensor("odd", (1,), dtype=np.complex128)


def test_write_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.tflite"
    write_atomically(path, b"old")

    def fail(self: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match=r"disk full: .*model\.tflite"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
