"""Operators on real numbers, with which random networks carry a sample along to choose their scales."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.graph import Activation, Operation
from celosia.compiler.tflite_writer import Padding

Real = NDArray[np.float64]

ACTIVATION_LIMITS: dict[Activation, tuple[float, float]] = {
    Activation.NONE: (-math.inf, math.inf),
    Activation.RELU: (0.0, math.inf),
    Activation.RELU_N1_TO_1: (-1.0, 1.0),
    Activation.RELU6: (0.0, 6.0),
}

UNARY_FUNCTIONS: dict[Operation, Callable[[Real], Real]] = {
    Operation.RELU: lambda x: np.maximum(x, 0),
    Operation.RELU6: lambda x: np.clip(x, 0, 6),
    Operation.LEAKY_RELU: lambda x: np.where(x < 0, 0.1 * x, x),
    Operation.LOGISTIC: lambda x: 1 / (1 + np.exp(-x)),
    Operation.TANH: np.tanh,
    Operation.HARD_SWISH: lambda x: x * np.clip(x + 3, 0, 6) / 6,
    Operation.ELU: lambda x: np.where(x < 0, np.expm1(np.minimum(x, 0)), x),
    Operation.GELU: lambda x: x / (1 + np.exp(-1.702 * x)),
    Operation.QUANTIZE: lambda x: x,
}


def window_padding(size: int, kernel: int, stride: int, dilation: int, padding: Padding) -> tuple[int, int]:
    """Padding before and after along one dimension, by TFLite's rule (the odd one comes after)."""
    if padding is Padding.VALID:
        return 0, 0
    total = max(0, (-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size)
    return total // 2, total - total // 2


def windows(
    image: Real,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    padding: Padding,
    fill: float,
) -> Real:
    """All windows of an image (n, h, w, c) as (n, out_h, out_w, c, kernel_h, kernel_w)."""
    borders = [
        window_padding(image.shape[1 + axis], kernel[axis], stride[axis], dilation[axis], padding)
        for axis in range(2)
    ]
    padded = np.pad(image, [(0, 0), *borders, (0, 0)], constant_values=fill)
    extent = tuple((kernel[axis] - 1) * dilation[axis] + 1 for axis in range(2))
    views = np.lib.stride_tricks.sliding_window_view(padded, extent, axis=(1, 2))
    return views[:, :: stride[0], :: stride[1], :, :: dilation[0], :: dilation[1]]
