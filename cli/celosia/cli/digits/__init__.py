"""The bundled network, which reads 8x8 digits, and an image of each digit it has not been trained on.

``scripts/train_digits.py`` makes both files.
"""

from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NAME = "digits"


def model_path() -> Path:
    """Where the network's ``.tflite`` file lies."""
    with as_file(files(__name__) / "digits.tflite") as path:
        return path


def images() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images (10, 8, 8) with grey values 0 to 16, and which digit each shows.

    The network's input holds the grey value, quantised by its scale and zero point.
    """
    with as_file(files(__name__) / "images.npz") as path, np.load(path) as archive:
        return archive["images"], archive["labels"]
