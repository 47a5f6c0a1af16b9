"""Whole networks: every tensor of every model at hand equals TFLite Micro's, element for element.

The environment variable ``CELOSIA_MODELS`` may name a folder with more ``.tflite`` files.
"""

import os
from pathlib import Path

import pytest

from celosia.cli import digits
from tests.golden.comparison import compare
from tests.zoo import NOT_IN_TFLITE_MICRO, ZOO

MODEL_FOLDER = os.environ.get("CELOSIA_MODELS")
FILES = [digits.model_path(), *(sorted(Path(MODEL_FOLDER).glob("*.tflite")) if MODEL_FOLDER else [])]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", sorted(ZOO.keys() - NOT_IN_TFLITE_MICRO))
def test_generated_network(tmp_path: Path, name: str, seed: int) -> None:
    compare(tmp_path, ZOO[name](seed), seed=seed)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_model_file(tmp_path: Path, path: Path) -> None:
    compare(tmp_path, path.read_bytes(), seed=3)
