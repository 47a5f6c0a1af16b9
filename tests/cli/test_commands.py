"""The subcommands on the functional model, as a user sees them."""

import json
from pathlib import Path

import numpy as np
import pytest

from celosia.cli import digits
from celosia.cli.main import execute
from celosia.compiler.compiled import CompiledModel
from celosia.compiler.evaluate import evaluate
from celosia.compiler.tflite_import import import_tflite


def test_run_bundled_network(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Pictures, predictions and a verdict for people; all of it for programs."""
    file = tmp_path / "result.json"
    assert execute(["run", "--device", "model", "--json", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "bit-exact" in shown
    assert shown.count("label") == len(digits.images()[0])
    result = json.loads(file.read_text())
    keys = {
        "model",
        "config",
        "device",
        "bit_exact",
        "mismatches",
        "cycles",
        "macs",
        "utilization",
        "output",
        "layers",
    }
    assert keys <= result.keys()
    assert result["bit_exact"] is True
    assert result["mismatches"] == 0
    assert result["macs"] > 20_000
    for layer in result["layers"]:
        assert {"name", "op", "cycles", "macs", "utilization", "where"} <= layer.keys()
    assert [layer["where"] for layer in result["layers"]][-1] == "host"
    predicted = [int(np.argmax(sample["output"][0])) for sample in result["samples"]]
    assert np.mean(np.array(predicted) == digits.images()[1]) >= 0.9


def test_run_given_input(tmp_path: Path) -> None:
    """The output is the golden model's for that very input."""
    graph = import_tflite(digits.model_path())
    image = np.random.default_rng(1).integers(-128, 128, (1, 8, 8, 1)).astype(np.int8)
    np.save(tmp_path / "image.npy", image)
    file = tmp_path / "result.json"
    arguments = ["run", str(digits.model_path()), "--device", "model", "--input", str(tmp_path / "image.npy")]
    assert execute([*arguments, "--json", str(file)]) == 0
    expected = evaluate(graph, [image])[graph.outputs[0]]
    assert json.loads(file.read_text())["output"] == expected.ravel().tolist()


def test_run_batch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every digit's output is what it is alone, also in the last batch, which is not full."""
    results = []
    for batch in (1, 4):
        file = tmp_path / f"{batch}.json"
        assert execute(["run", "--device", "model", "--batch", str(batch), "--json", str(file)]) == 0
        results.append(json.loads(file.read_text()))
    capsys.readouterr()
    alone, together = results
    assert (alone["batch"], together["batch"]) == (1, 4)
    assert together["macs"] == 4 * alone["macs"]
    assert together["bit_exact"]
    assert together["samples"] == alone["samples"]
    assert together["output"] == alone["output"]


def test_batch_of_given_inputs(tmp_path: Path) -> None:
    """Files are the inputs of the batch in order."""
    graph = import_tflite(digits.model_path())
    images = np.random.default_rng(2).integers(-128, 128, (3, 1, 8, 8, 1)).astype(np.int8)
    arguments = ["run", str(digits.model_path()), "--device", "model", "--batch", "3"]
    for number, image in enumerate(images):
        np.save(tmp_path / f"{number}.npy", image)
        arguments += ["--input", str(tmp_path / f"{number}.npy")]
    file = tmp_path / "result.json"
    assert execute([*arguments, "--json", str(file)]) == 0
    samples = json.loads(file.read_text())["samples"]
    for image, sample in zip(images, samples, strict=True):
        assert sample["output"][0] == evaluate(graph, [image])[graph.outputs[0]].ravel().tolist()


def test_prediction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Cycles of each layer, and no word on outputs that nobody computed."""
    file = tmp_path / "result.json"
    assert execute(["run", "--device", "cost", "--json", str(file)]) == 0
    assert "bit-exact" not in capsys.readouterr().out
    result = json.loads(file.read_text())
    assert result["device"] == "cost"
    assert result["bit_exact"] is None
    assert result["mismatches"] is None
    assert result["output"] == result["samples"] == []
    assert sum(layer["cycles"] or 0 for layer in result["layers"]) == result["cycles"] - 1
    for engine in ("matrix", "vector"):
        states = ("busy", "empty", "dependency", "operands", "bank")
        assert sum(result["counters"][f"{engine}.{state}"] for state in states) == result["cycles"]
    assert execute(["run", "--device", "cost", "--input", "image.npy"]) == 1
    assert "--input" in capsys.readouterr().err


def test_prediction_of_a_batch(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    assert execute(["run", "--device", "cost", "--batch", "2", "--json", str(file)]) == 0
    result = json.loads(file.read_text())
    assert result["batch"] == 2
    assert result["macs"] > 40_000


def test_compile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The program file can be loaded again."""
    file = tmp_path / "digits.celosia"
    assert execute(["compile", str(digits.model_path()), "-o", str(file)]) == 0
    assert "CONV_2D" in capsys.readouterr().out
    alone = CompiledModel.load(file)
    assert alone.macs > 20_000
    assert execute(["compile", str(digits.model_path()), "--batch", "3", "-o", str(file)]) == 0
    together = CompiledModel.load(file)
    assert together.macs == 3 * alone.macs
    assert together.inputs[0].shape == (3, *alone.inputs[0].shape[1:])


def test_generate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To a file and to standard output, the same text."""
    file = tmp_path / "mac.v"
    assert execute(["generate", "scalar_mac", "-o", str(file)]) == 0
    capsys.readouterr()
    assert execute(["generate", "scalar_mac"]) == 0
    assert capsys.readouterr().out == file.read_text()
    assert "module" in file.read_text()


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    """Presets, fields and units."""
    assert execute(["list"]) == 0
    shown = capsys.readouterr().out
    for word in ("xlarge", "vector_lanes", "systolic_array", "buffet", "latency"):
        assert word in shown


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Every subcommand explains itself."""
    for command in ([], ["run"], ["generate"], ["list"], ["compile"]):
        assert execute([*command, "--help"]) == 0
        assert "Usage: celosia" in capsys.readouterr().out
