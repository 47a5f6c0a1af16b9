"""Convolution, depthwise convolution and fully-connected layers on int8 tensors.

Each is a sum of products, a bias and a requantisation. The sums are functions of their own, because they are
what the accumulators of the hardware hold. Weights are symmetric: they have no zero point.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from celosia.golden.matmul import exact_product
from celosia.golden.requantization import Integers, Rounding, requantize
from celosia.golden.window import Padding, Pair, pad_image, taps

Int8 = NDArray[np.int8]
Clamp = tuple[int, int]


def conv_2d_sums(
    image: Int8, weights: Int8, *, input_zero: int, stride: Pair, padding: Padding, dilation: Pair = (1, 1)
) -> Integers:
    """Sums of ``weight * (input - input_zero)``: NHWC images by OHWI weights give NHWO.

    Weights with fewer input channels than the image make a grouped convolution: each block of outputs sees
    one block of inputs. Raises ``ValueError`` if the channels do not divide into groups.
    """
    outputs, kernel_rows, kernel_cols, depth = weights.shape
    channels = image.shape[-1]
    groups = channels // depth
    if groups * depth != channels or outputs % max(groups, 1):
        raise ValueError(
            f"channels must divide into groups of {depth} inputs with equally many outputs,"
            f" not {channels} inputs and {outputs} outputs"
        )
    centred = pad_image(image.astype(np.int64) - input_zero, padding, 0)
    sums: list[Integers] = [np.zeros(1, np.int64)] * groups
    for ky, kx, view in taps(centred, size=(kernel_rows, kernel_cols), stride=stride, dilation=dilation):
        for group in range(groups):
            part = view[..., group * depth : (group + 1) * depth]
            block = slice(group * outputs // groups, (group + 1) * outputs // groups)
            sums[group] = sums[group] + exact_product(part, weights[block, ky, kx, :].T)
    return np.concatenate(sums, axis=-1)


def conv_2d(
    image: Int8,
    weights: Int8,
    bias: Integers,
    *,
    input_zero: int,
    output_zero: int,
    multiplier: ArrayLike,
    shift: ArrayLike,
    clamp: Clamp,
    stride: Pair,
    padding: Padding,
    dilation: Pair = (1, 1),
    rounding: Rounding = Rounding.DOUBLE,
) -> Int8:
    """``CONV_2D``; ``bias``, ``multiplier`` and ``shift`` hold one number an output channel.

    ``padding`` is (top, bottom, left, right) and reads as ``input_zero``.
    """
    sums = conv_2d_sums(
        image, weights, input_zero=input_zero, stride=stride, padding=padding, dilation=dilation
    )
    return to_output(sums + bias, multiplier, shift, output_zero, clamp, rounding)


def depthwise_conv_2d_sums(
    image: Int8, weights: Int8, *, input_zero: int, stride: Pair, padding: Padding, dilation: Pair = (1, 1)
) -> Integers:
    """Sums of ``weight * (input - input_zero)`` where output channel o sees input channel o // multiplier.

    Weights are 1HWO; the depth multiplier is O divided by the image's channels. Raises ``ValueError`` if
    it is not whole.
    """
    _, kernel_rows, kernel_cols, outputs = weights.shape
    depth_multiplier = outputs // image.shape[-1]
    if depth_multiplier * image.shape[-1] != outputs:
        raise ValueError(f"outputs must be a multiple of the {image.shape[-1]} inputs, not {outputs}")
    centred = pad_image(image.astype(np.int64) - input_zero, padding, 0)
    sums: Integers = np.zeros(1, np.int64)
    for ky, kx, view in taps(centred, size=(kernel_rows, kernel_cols), stride=stride, dilation=dilation):
        sums = sums + np.repeat(view, depth_multiplier, axis=-1) * weights[0, ky, kx, :].astype(np.int64)
    return sums


def depthwise_conv_2d(
    image: Int8,
    weights: Int8,
    bias: Integers,
    *,
    input_zero: int,
    output_zero: int,
    multiplier: ArrayLike,
    shift: ArrayLike,
    clamp: Clamp,
    stride: Pair,
    padding: Padding,
    dilation: Pair = (1, 1),
    rounding: Rounding = Rounding.DOUBLE,
) -> Int8:
    """``DEPTHWISE_CONV_2D``; parameters as those of :func:`conv_2d`."""
    sums = depthwise_conv_2d_sums(
        image, weights, input_zero=input_zero, stride=stride, padding=padding, dilation=dilation
    )
    return to_output(sums + bias, multiplier, shift, output_zero, clamp, rounding)


def fully_connected(
    source: Int8,
    weights: Int8,
    bias: Integers,
    *,
    input_zero: int,
    output_zero: int,
    multiplier: ArrayLike,
    shift: ArrayLike,
    clamp: Clamp,
    rounding: Rounding = Rounding.DOUBLE,
) -> Int8:
    """``FULLY_CONNECTED``: (batch, inputs) by (outputs, inputs) weights gives (batch, outputs)."""
    sums = exact_product(source.astype(np.int64) - input_zero, weights.T)
    return to_output(sums + bias, multiplier, shift, output_zero, clamp, rounding)


def to_output(
    accumulator: Integers,
    multiplier: ArrayLike,
    shift: ArrayLike,
    output_zero: int,
    clamp: Clamp,
    rounding: Rounding = Rounding.DOUBLE,
) -> Int8:
    """Requantise, add the output's zero point, clamp: the last step of every operator that sums."""
    scaled = requantize(accumulator, multiplier, shift, rounding) + output_zero
    return np.clip(scaled, clamp[0], clamp[1]).astype(np.int8)
