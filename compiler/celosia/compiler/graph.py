"""The graph a model is imported into: tensors, operators with typed attributes, nothing hardware-specific.

Every value here is immutable; a compiler pass takes a graph and returns another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Operation(StrEnum):
    """Operators the importer understands, by their TFLite names."""

    CONV_2D = "CONV_2D"
    DEPTHWISE_CONV_2D = "DEPTHWISE_CONV_2D"
    FULLY_CONNECTED = "FULLY_CONNECTED"
    ADD = "ADD"
    MUL = "MUL"
    AVERAGE_POOL_2D = "AVERAGE_POOL_2D"
    MAX_POOL_2D = "MAX_POOL_2D"
    MEAN = "MEAN"
    PAD = "PAD"
    RESHAPE = "RESHAPE"
    QUANTIZE = "QUANTIZE"
    DEQUANTIZE = "DEQUANTIZE"
    SOFTMAX = "SOFTMAX"
    RELU = "RELU"
    RELU6 = "RELU6"
    LEAKY_RELU = "LEAKY_RELU"
    LOGISTIC = "LOGISTIC"
    TANH = "TANH"
    HARD_SWISH = "HARD_SWISH"
    ELU = "ELU"
    GELU = "GELU"


class Activation(StrEnum):
    """Fused activation function of an operator."""

    NONE = "NONE"
    RELU = "RELU"
    RELU_N1_TO_1 = "RELU_N1_TO_1"
    RELU6 = "RELU6"


@dataclass(frozen=True)
class Quantization:
    """``real = scale * (quantised - zero_point)``, one pair or one per index of ``axis``.

    Scales keep TFLite's float32 values exactly (as Python floats).
    """

    scale: tuple[float, ...]
    zero_point: tuple[int, ...]
    axis: int = 0


@dataclass(frozen=True, eq=False)
class Tensor:
    """A value of the graph; ``data`` is set for constants. Shapes are NHWC, batch included."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    quantization: Quantization | None = None
    data: NDArray[Any] | None = None


@dataclass(frozen=True)
class Window:
    """Geometry of a convolution or pooling window; ``padding`` is (top, bottom, left, right), explicit."""

    stride: tuple[int, int]
    padding: tuple[int, int, int, int]
    dilation: tuple[int, int] = (1, 1)
    size: tuple[int, int] | None = None  # pooling only: convolutions take it from their weights
    depth_multiplier: int = 1  # depthwise only


@dataclass(frozen=True)
class Operator:
    """One operator: indices into the graph's tensors, -1 for an absent optional input."""

    operation: Operation
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    activation: Activation = Activation.NONE
    window: Window | None = None
    attributes: Mapping[str, float | int | tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Graph:
    """A network. ``operators`` are in an order in which each one's inputs exist."""

    name: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
