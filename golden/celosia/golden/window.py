"""Geometry shared by convolution and pooling: what each tap of a window sees."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Pair = tuple[int, int]
Padding = tuple[int, int, int, int]


def pad_image(image: NDArray[np.integer], padding: Padding, value: int) -> NDArray[np.integer]:
    """Surround NHWC images by ``padding`` (top, bottom, left, right) pixels of ``value``."""
    top, bottom, left, right = padding
    return np.pad(image, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=value)


def taps(
    image: NDArray[np.integer], *, size: Pair, stride: Pair, dilation: Pair = (1, 1)
) -> Iterator[tuple[int, int, NDArray[np.integer]]]:
    """Yield ``(ky, kx, view)`` for each position in the window; ``view`` holds its pixel for every output.

    ``image`` is NHWC, padded already. Raises ``ValueError`` if the window does not fit into it.
    """
    extents = [(size[axis] - 1) * dilation[axis] + 1 for axis in (0, 1)]
    if extents[0] > image.shape[1] or extents[1] > image.shape[2]:
        raise ValueError(f"image must be at least {extents[0]} x {extents[1]}, not {image.shape[1:3]!r}")
    last = [image.shape[axis + 1] - extents[axis] for axis in (0, 1)]
    for ky in range(size[0]):
        for kx in range(size[1]):
            y, x = ky * dilation[0], kx * dilation[1]
            rows = slice(y, y + last[0] + 1, stride[0])
            columns = slice(x, x + last[1] + 1, stride[1])
            yield ky, kx, image[:, rows, columns, :]
