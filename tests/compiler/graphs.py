"""Graphs made directly, for cases that no file needs to exist for; weights are random, scales arbitrary."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.graph import Activation, Graph, Operation, Operator, Quantization, Tensor, Window

INT8 = np.dtype(np.int8)


class GraphBuilder:
    """Adds tensors and operators; each method returns the index of the tensor that it adds."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.tensors: list[Tensor] = []
        self.operators: list[Operator] = []
        self.inputs: list[int] = []

    def tensor(
        self,
        *shape: int,
        scale: float = 0.05,
        zero: int = 3,
        data: NDArray[Any] | None = None,
        dtype: np.dtype[Any] = INT8,
    ) -> int:
        """A tensor; constant with ``data``."""
        quantization = Quantization((scale,), (zero,)) if dtype == INT8 else None
        name = f"tensor {len(self.tensors)}"
        self.tensors.append(Tensor(name, shape, dtype, quantization, data))
        return len(self.tensors) - 1

    def input(self, *shape: int, **options: Any) -> int:
        """An input of the network."""
        self.inputs.append(self.tensor(*shape, **options))
        return self.inputs[-1]

    def constant(self, *shape: int, **options: Any) -> int:
        """A random constant."""
        return self.tensor(*shape, data=self.rng.integers(-128, 128, shape).astype(np.int8), **options)

    def shape(self, index: int) -> tuple[int, ...]:
        """Shape of a tensor."""
        return self.tensors[index].shape

    def operator(self, operation: Operation, inputs: tuple[int, ...], output: int, **options: Any) -> int:
        """An operator with an output that was added before."""
        self.operators.append(Operator(operation, inputs, (output,), **options))
        return output

    def conv(
        self,
        source: int,
        channels: int,
        kernel: tuple[int, int] = (3, 3),
        *,
        stride: tuple[int, int] = (1, 1),
        padding: tuple[int, int, int, int] | None = None,
        dilation: tuple[int, int] = (1, 1),
        depthwise: bool = False,
        activation: Activation = Activation.NONE,
        zero: int = 3,
    ) -> int:
        """A convolution; without ``padding`` and stride, the output has the size of the input."""
        images, height, width, depth = self.shape(source)
        extents = [(kernel[axis] - 1) * dilation[axis] + 1 for axis in (0, 1)]
        if padding is None:
            top, left = (extents[0] - 1) // 2, (extents[1] - 1) // 2
            padding = (top, extents[0] - 1 - top, left, extents[1] - 1 - left)
        rows = (height + padding[0] + padding[1] - extents[0]) // stride[0] + 1
        cols = (width + padding[2] + padding[3] - extents[1]) // stride[1] + 1
        if depthwise:
            weights = self.constant(1, *kernel, channels, scale=0.01, zero=0)
            operation = Operation.DEPTHWISE_CONV_2D
        else:
            weights = self.constant(channels, *kernel, depth, scale=0.01, zero=0)
            operation = Operation.CONV_2D
        output = self.tensor(images, rows, cols, channels, zero=zero, scale=0.3)
        return self.operator(
            operation,
            (source, weights),
            output,
            activation=activation,
            window=Window(stride, padding, dilation, depth_multiplier=channels // depth),
        )

    def fully_connected(self, source: int, outputs: int) -> int:
        """A fully-connected layer over the last axis."""
        inputs = self.shape(source)[-1]
        weights = self.constant(outputs, inputs, scale=0.01, zero=0)
        output = self.tensor(*self.shape(source)[:-1], outputs, scale=0.3)
        return self.operator(Operation.FULLY_CONNECTED, (source, weights), output)

    def binary(self, operation: Operation, a: int, b: int, **options: Any) -> int:
        """``ADD`` or ``MUL``."""
        output = self.tensor(*np.broadcast_shapes(self.shape(a), self.shape(b)), scale=0.08, zero=-5)
        return self.operator(operation, (a, b), output, **options)

    def unary(self, operation: Operation, source: int, *, zero: int = 3, scale: float = 0.05) -> int:
        """An element-wise function."""
        return self.operator(operation, (source,), self.tensor(*self.shape(source), zero=zero, scale=scale))

    def logistic(self, source: int) -> int:
        """``LOGISTIC``, with the quantisation it prescribes."""
        return self.unary(Operation.LOGISTIC, source, zero=-128, scale=1 / 256)

    def softmax(self, source: int) -> int:
        """``SOFTMAX`` over the last axis."""
        output = self.tensor(*self.shape(source), zero=-128, scale=1 / 256)
        return self.operator(Operation.SOFTMAX, (source,), output, attributes={"beta": 1.0})

    def mean(self, source: int, *axes: int, keep: bool = False) -> int:
        """``MEAN`` over some axes."""
        shape = [
            1 if axis in axes else extent
            for axis, extent in enumerate(self.shape(source))
            if keep or axis not in axes
        ]
        output = self.tensor(*shape, scale=0.03, zero=-9)
        attributes: dict[str, Any] = {"axes": axes, "keep_dims": int(keep)}
        return self.operator(Operation.MEAN, (source,), output, attributes=attributes)

    def pool(self, operation: Operation, source: int, size: tuple[int, int], stride: tuple[int, int]) -> int:
        """Pooling without padding."""
        images, height, width, channels = self.shape(source)
        output = self.tensor(
            images, (height - size[0]) // stride[0] + 1, (width - size[1]) // stride[1] + 1, channels
        )
        window = Window(stride, (0, 0, 0, 0), size=size)
        return self.operator(operation, (source,), output, window=window)

    def pad(self, source: int, *paddings: int, **options: Any) -> int:
        """``PAD``: before and after, for each axis."""
        shape = [
            extent + paddings[2 * axis] + paddings[2 * axis + 1]
            for axis, extent in enumerate(self.shape(source))
        ]
        output = self.tensor(*shape, **options)
        return self.operator(Operation.PAD, (source,), output, attributes={"paddings": paddings})

    def reshape(self, source: int, *shape: int) -> int:
        """The same bytes in another shape."""
        return self.operator(Operation.RESHAPE, (source,), self.tensor(*shape))

    def build(self, *outputs: int) -> Graph:
        """The graph."""
        return Graph("test", tuple(self.tensors), tuple(self.operators), tuple(self.inputs), outputs)


def random_inputs(graph: Graph, rng: np.random.Generator) -> list[NDArray[Any]]:
    """Numbers over the whole range for every input."""
    return [
        rng.integers(-128, 128, graph.tensors[index].shape).astype(np.int8)
        if graph.tensors[index].dtype == INT8
        else rng.standard_normal(graph.tensors[index].shape).astype(np.float32)
        for index in graph.inputs
    ]
