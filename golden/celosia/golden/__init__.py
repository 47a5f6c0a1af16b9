"""NumPy integer kernels: the definition of every result, equal to TFLite Micro's reference kernels."""

from celosia.golden.convolution import conv_2d, depthwise_conv_2d, fully_connected
from celosia.golden.edges import dequantize, pad, quantize
from celosia.golden.elementwise import add, mul
from celosia.golden.matmul import matmul, wrap
from celosia.golden.reduction import average_pool_2d, max_pool_2d, mean
from celosia.golden.requantization import Affine, Rounding, quantize_multiplier, requantize
from celosia.golden.softmax import softmax

__all__ = [
    "Affine",
    "Rounding",
    "add",
    "average_pool_2d",
    "conv_2d",
    "depthwise_conv_2d",
    "dequantize",
    "fully_connected",
    "matmul",
    "max_pool_2d",
    "mean",
    "mul",
    "pad",
    "quantize",
    "quantize_multiplier",
    "requantize",
    "softmax",
    "wrap",
]
