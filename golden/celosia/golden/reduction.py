"""Pooling and mean of int8 tensors."""

from collections.abc import Sequence

import numpy as np

from celosia.golden.convolution import Clamp, Int8, to_output
from celosia.golden.requantization import Integers, Rounding
from celosia.golden.window import Padding, Pair, pad_image, taps


def average_pool_2d(image: Int8, *, size: Pair, stride: Pair, padding: Padding, clamp: Clamp) -> Int8:
    """``AVERAGE_POOL_2D`` of NHWC images: mean of what lies inside the image, half away from zero."""
    wide = image.astype(np.int64)
    padded = pad_image(wide, padding, 0)
    inside = pad_image(np.ones_like(wide[:1, :, :, :1]), padding, 0)
    total = np.add.reduce([view for _, _, view in taps(padded, size=size, stride=stride)])
    count = np.add.reduce([view for _, _, view in taps(inside, size=size, stride=stride)])
    average: Integers = np.sign(total) * ((np.abs(total) + count // 2) // count)
    return np.clip(average, clamp[0], clamp[1]).astype(np.int8)


def max_pool_2d(image: Int8, *, size: Pair, stride: Pair, padding: Padding, clamp: Clamp) -> Int8:
    """``MAX_POOL_2D`` of NHWC images; padding never wins."""
    padded = pad_image(image, padding, -128)
    highest: Int8 = np.maximum.reduce([view for _, _, view in taps(padded, size=size, stride=stride)])
    return np.clip(highest, np.int8(clamp[0]), np.int8(clamp[1]))


def mean(
    source: Int8,
    *,
    axes: Sequence[int],
    keep_dims: bool,
    input_zero: int,
    multiplier: int,
    shift: int,
    output_zero: int,
    clamp: Clamp,
    rounding: Rounding = Rounding.DOUBLE,
) -> Int8:
    """``MEAN``: the sum of the elements less their zero points, scaled; the count is in the multiplier."""
    centred = source.astype(np.int64) - input_zero
    total = np.sum(centred, axis=tuple(axes), keepdims=keep_dims)
    return to_output(total, multiplier, shift, output_zero, clamp, rounding)
