"""What a network is run on: files, or random numbers."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from celosia import golden
from celosia.cli.errors import InputError
from celosia.compiler.graph import Quantization, Tensor

Array = NDArray[Any]


def random_input(tensor: Tensor, generator: np.random.Generator) -> Array:
    """Numbers over the whole range of the tensor's type (floats: standard normal)."""
    if np.issubdtype(tensor.dtype, np.integer):
        limits = np.iinfo(tensor.dtype)
        return generator.integers(limits.min, limits.max + 1, tensor.shape).astype(tensor.dtype)
    return generator.standard_normal(tensor.shape).astype(tensor.dtype)


def read_input(path: Path, tensor: Tensor) -> Array:
    """An input from ``.npy`` or an image file, brought to the tensor's shape and type.

    Arrays of the tensor's type are taken as they are; floating-point arrays are quantised for an integer
    tensor. Images are resized; their 256 levels are spread over the 256 quantised values.

    Raises :class:`InputError` if the file is neither, or does not fit the tensor; ``OSError`` if unreadable.
    """
    if path.suffix == ".npy":
        return _fit(_read_array(path), tensor, path)
    return _fit(_read_image(path, tensor), tensor, path)


def _read_array(path: Path) -> Array:
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise InputError(f"{path} is not a .npy file: {error}") from None
    if not isinstance(array, np.ndarray):
        raise InputError(f"{path} must hold one array, not an archive of several")
    return array


def _read_image(path: Path, tensor: Tensor) -> Array:
    if len(tensor.shape) != 4 or tensor.shape[-1] not in (1, 3):
        raise InputError(
            f"{path} is read as an image, but input {tensor.name!r} has the shape {tensor.shape}: use a .npy file"
        )
    _, height, width, channels = tensor.shape
    try:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("L" if channels == 1 else "RGB").resize((width, height)))
    except UnidentifiedImageError:
        raise InputError(f"{path} is neither a .npy file nor an image") from None
    levels = pixels.reshape(1, height, width, channels)
    if tensor.dtype == np.int8:
        return (levels.astype(np.int16) - 128).astype(np.int8)
    return levels.astype(np.float32) / 255


def _fit(array: Array, tensor: Tensor, path: Path) -> Array:
    if array.size != np.prod(tensor.shape):
        raise InputError(f"{path} must hold the shape {tensor.shape}, not {array.shape}")
    array = array.reshape(tensor.shape)
    if array.dtype == tensor.dtype:
        return array
    if np.issubdtype(array.dtype, np.floating) and tensor.dtype == np.int8:
        return golden.quantize(array.astype(np.float32), _affine(tensor))
    if np.issubdtype(tensor.dtype, np.floating):
        return array.astype(tensor.dtype)
    limits = np.iinfo(tensor.dtype)
    if np.issubdtype(array.dtype, np.integer) and limits.min <= array.min() and array.max() <= limits.max:
        return array.astype(tensor.dtype)
    raise InputError(f"{path} must hold {tensor.dtype} or floating-point numbers, not {array.dtype}")


def _affine(tensor: Tensor) -> golden.Affine:
    quantization = tensor.quantization or Quantization((1.0,), (0,))
    return golden.Affine(quantization.scale[0], quantization.zero_point[0])
