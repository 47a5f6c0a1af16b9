"""Program files: what is saved is what is loaded, and nothing else is."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from celosia.compiler.compile import compile_graph
from celosia.compiler.compiled import CompiledModel
from celosia.compiler.errors import ProgramFileError
from celosia.compiler.graph import Graph, Operation
from celosia.rtl.config import AcceleratorConfig
from tests.compiler.graphs import GraphBuilder, random_inputs


@pytest.fixture
def graph(rng: np.random.Generator) -> Graph:
    """A network with everything a file must hold."""
    net = GraphBuilder(rng)
    real = net.input(1, 5, 5, 3, dtype=np.dtype(np.float32))
    x = net.operator(Operation.QUANTIZE, (real,), net.tensor(1, 5, 5, 3))
    x = net.conv(net.binary(Operation.ADD, x, net.constant(3)), 6)
    y = net.softmax(net.binary(Operation.MUL, x, net.constant(1, 5, 5, 6)))
    return net.build(
        y, net.operator(Operation.DEQUANTIZE, (x,), net.tensor(1, 5, 5, 6, dtype=np.dtype(np.float32)))
    )


def rewrite(path: Path, header: dict[str, Any]) -> None:
    """Change fields of a file's header."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    content = {**json.loads(arrays.pop("header").tobytes()), **header}
    with path.open("wb") as file:
        np.savez(file, header=np.frombuffer(json.dumps(content).encode(), np.uint8), **arrays)


def test_round_trip(graph: Graph, rng: np.random.Generator, tmp_path: Path) -> None:
    compiled = compile_graph(graph, AcceleratorConfig.create({"rows": 5, "cols": 7, "vector_lanes": 3}))
    path = tmp_path / "network.celosia"
    compiled.save(path)
    loaded = CompiledModel.load(path)
    for name in ("config", "name", "weights", "constants", "input_addresses", "output_addresses", "layers"):
        assert getattr(loaded, name) == getattr(compiled, name), name
    assert loaded.scratchpad_used == compiled.scratchpad_used
    np.testing.assert_array_equal(loaded.program, compiled.program)
    np.testing.assert_array_equal(loaded.parameters, compiled.parameters)
    inputs = random_inputs(graph, rng)
    assert loaded.device_inputs(inputs) == compiled.device_inputs(inputs)
    assert loaded.device_outputs() == compiled.device_outputs()
    contents = [
        rng.integers(0, 256, size).astype(np.uint8).tobytes() for _, size in compiled.device_outputs()
    ]
    for got, expected in zip(loaded.finish(contents), compiled.finish(contents), strict=True):
        np.testing.assert_array_equal(got, expected)
    assert [(tensor.name, tensor.shape, tensor.dtype) for tensor in (*loaded.inputs, *loaded.outputs)] == [
        (tensor.name, tensor.shape, tensor.dtype) for tensor in (*compiled.inputs, *compiled.outputs)
    ]
    assert list(tmp_path.iterdir()) == [path]


def test_saving_twice_gives_the_same_bytes(graph: Graph, tmp_path: Path) -> None:
    for name in ("a", "b"):
        compile_graph(graph, AcceleratorConfig()).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_failed_save_leaves_the_old_file(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "network.celosia"
    path.write_bytes(b"old")

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez_compressed", fail)
    with pytest.raises(OSError, match="disk full"):
        compile_graph(graph, AcceleratorConfig()).save(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b"no program", b"PK\x03\x04 cut short"])
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ProgramFileError, match=r"file is not a compiled program, or is damaged$"):
        CompiledModel.load(path)


def test_other_archives_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.npz"
    np.savez(path, numbers=np.arange(3))
    with pytest.raises(ProgramFileError, match=r"is not a compiled program"):
        CompiledModel.load(path)
    np.save(tmp_path / "file.npy", np.arange(3))
    with pytest.raises(ProgramFileError, match=r"is not a compiled program"):
        CompiledModel.load(tmp_path / "file.npy")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("header.npy", b"?")
    with pytest.raises(ProgramFileError, match=r"is not a compiled program"):
        CompiledModel.load(path)


def test_missing_files_raise_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        CompiledModel.load(tmp_path / "none")


def test_damage_is_noticed_at_any_place(graph: Graph, rng: np.random.Generator, tmp_path: Path) -> None:
    path = tmp_path / "file"
    compile_graph(graph, AcceleratorConfig()).save(path)
    whole = path.read_bytes()
    for length in rng.integers(0, len(whole), 50).tolist():
        path.write_bytes(whole[:length])
        with pytest.raises(ProgramFileError):
            CompiledModel.load(path)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"format": "something else"}, r"file is not a compiled program$"),
        ({"version": 99}, r"file has the format version 99, this is version 2$"),
        ({"config_digest": 5}, r"was made by a version with other configuration fields$"),
        ({"config": {"rows": 8, "unknown": 1}}, r"was made by a version with other configuration fields$"),
        ({"layers": [{"name": "incomplete"}]}, r"file is damaged$"),
        ({"layers": 7}, r"file is damaged$"),
        ({"prologue": {}}, r"file is damaged$"),
    ],
)
def test_headers_that_do_not_fit(header: dict[str, Any], message: str, graph: Graph, tmp_path: Path) -> None:
    path = tmp_path / "file"
    compile_graph(graph, AcceleratorConfig()).save(path)
    rewrite(path, header)
    with pytest.raises(ProgramFileError, match=message):
        CompiledModel.load(path)
