"""What the command line says when something is wrong: one clear line, the right exit code, nothing left behind."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from celosia.cli import digits
from celosia.cli.main import execute
from tests.zoo import ZOO

Failing = Callable[..., str]


@pytest.fixture
def failing(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Failing:
    """Run a command line in an empty folder; check the exit code and that there is no traceback, return the message."""
    folder = tmp_path / "working"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def fail(*arguments: str, code: int = 1) -> str:
        assert execute(arguments) == code
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        assert captured.err.startswith("celosia: ") or "\ncelosia: " in captured.err
        assert not list(folder.iterdir())
        return captured.err[captured.err.index("celosia: ") :].strip()

    return fail


def test_missing_file(failing: Failing) -> None:
    """The file is named."""
    assert failing("run", "absent.tflite") == "celosia: absent.tflite: No such file or directory"


@pytest.mark.parametrize(
    "content",
    [b"", b"hello, this is text\n", b"\x1c\0\0\0TFL3" + bytes(20), digits.model_path().read_bytes()[:3000]],
)
def test_not_a_model(failing: Failing, tmp_path: Path, content: bytes) -> None:
    """Empty, text, damaged and truncated files."""
    path = tmp_path / "bad.tflite"
    path.write_bytes(content)
    message = failing("run", str(path), "--device", "model")
    assert "bad.tflite" in message
    assert "\n" not in message


def test_unknown_preset(failing: Failing) -> None:
    """The known presets and the closest one are named."""
    message = failing("run", "--config", "smal")
    assert "'smal'" in message
    assert "did you mean small?" in message


def test_contradictory_configuration(failing: Failing) -> None:
    """All faults at once."""
    message = failing("run", "--set", "pe_rows=3", "--set", "vector_lanes=99")
    assert "pe_rows must divide rows (8), not 3" in message
    assert "vector_lanes must be at most cols (8), not 99" in message


def test_unknown_field(failing: Failing) -> None:
    """The field is named, and the fields there are."""
    message = failing("run", "--set", "colour=3")
    assert message.startswith("celosia: colour")
    assert "rows" in message


def test_model_too_large(failing: Failing) -> None:
    """Bytes needed and available, and the option that would help."""
    message = failing(
        "run", "--device", "model", "--set", "weight_bytes=256", "--set", "scratchpad_bytes=256"
    )
    assert re.search(r"weight.*\d+.*256.*--set weight_bytes=\d+", message)
    assert re.search(r"scratchpad.*\d+.*256.*--set scratchpad_bytes=\d+", message)


def test_unknown_unit(failing: Failing) -> None:
    """The units there are, are named."""
    assert "systolic_array" in failing("generate", "systolic")


def test_unwritable_output(failing: Failing) -> None:
    """A folder that does not exist."""
    message = failing("generate", "scalar_mac", "-o", "absent/mac.v")
    assert "absent/mac.v" in message
    message = failing("compile", str(digits.model_path()), "-o", "absent/digits.celosia")
    assert "absent/digits.celosia" in message


def test_full_disk(failing: Failing) -> None:
    """A write that fails half-way."""
    assert "No space left on device" in failing("generate", "scalar_mac", "-o", "/dev/full")


def test_bad_inputs(failing: Failing, tmp_path: Path) -> None:
    """Inputs that do not fit the network."""
    wrong_shape = tmp_path / "wrong.npy"
    np.save(wrong_shape, np.zeros((3, 3), np.int8))
    run = ("run", str(digits.model_path()), "--device", "model", "--input")
    assert "must hold the shape (1, 8, 8, 1), not (3, 3)" in failing(*run, str(wrong_shape))
    text = tmp_path / "image.png"
    text.write_text("no image")
    assert "neither a .npy file nor an image" in failing(*run, str(text))
    assert "absent.npy" in failing(*run, "absent.npy")


def test_bad_batches(failing: Failing, tmp_path: Path) -> None:
    """Too few inputs, no inputs at all, and a network that is a batch already."""
    image = tmp_path / "image.npy"
    np.save(image, np.zeros((1, 8, 8, 1), np.int8))
    run = ("run", str(digits.model_path()), "--device", "model", "--input", str(image))
    message = failing(*run, "--batch", "2")
    assert re.search(r"--input must be given 2 times, for '.*', and so for each of 2, not 1 times", message)
    assert "0 is not in the range x>=1" in failing(*run, "--batch", "0")
    network = tmp_path / "three.tflite"
    network.write_bytes(ZOO["fully_connected_batch"](1))
    message = failing("run", str(network), "--device", "model", "--batch", "2")
    assert message == (
        "celosia: input 'input_1' must have 1 as its first dimension to be batched, not the shape (3, 19)"
    )


def test_wave_needs_signals(failing: Failing) -> None:
    """The functional model has none."""
    assert "--wave needs --device rtl" in failing("run", "--device", "model", "--wave", "x.fst")


@pytest.mark.parametrize("option", ["--wave", "--json"])
def test_result_that_cannot_be_written(failing: Failing, tmp_path: Path, option: str) -> None:
    """Said before anything is simulated."""
    file = tmp_path / "absent" / "run.vcd"
    assert f"{file} cannot be written: there is no folder {file.parent}" in failing("run", option, str(file))
    readable = tmp_path / "readable"
    readable.mkdir()
    readable.chmod(0o500)
    if not os.access(readable, os.W_OK):  # root may write anywhere
        assert "cannot be written: no permission" in failing("run", option, str(readable / "run.vcd"))


def test_bad_option(failing: Failing) -> None:
    """A misspelt option is the user's fault: exit code 1."""
    assert "--confg" in failing("run", "--confg", "small")


def test_hardware_left_half_built_is_not_reported(tmp_path: Path) -> None:
    """In a process of its own: Amaranth would warn of it as the process ends."""
    options = ("--board", "ulx3s-25f", "--set", "clock_hz=101_010_101", "-o", str(tmp_path / "build"))
    finished = subprocess.run(
        [sys.executable, "-c", "from celosia.cli.main import main; main()", "build", *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert finished.returncode == 1
    assert finished.stderr.splitlines()[-1].startswith("celosia: clock_hz must be a frequency")
    assert "Unused" not in finished.stderr
