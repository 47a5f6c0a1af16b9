"""A convolution cut into tiles for each dataflow: which vectors an array gets, and what its results are."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from sim_tests.support.numbers import Format, Numbers, pack

#: An element of the outputs: pixel and channel; None for a lane that computes nothing.
Element = tuple[int, int] | None


@dataclass(frozen=True)
class Layer:
    """A convolution: a padded image (rows, columns, channels), weights OHWI, and strides; how operands are packed."""

    image: Numbers
    weights: Numbers
    stride: tuple[int, int]
    products: int = 1
    """Inputs that are packed into one number."""
    weight: Format = (8, "s")
    activation: Format = (8, "s")

    @property
    def output_size(self) -> tuple[int, int]:
        """Rows and columns of the output."""
        rows, cols = (
            (size - kernel) // stride + 1
            for size, kernel, stride in zip(
                self.image.shape[:2], self.weights.shape[1:3], self.stride, strict=True
            )
        )
        return rows, cols

    @property
    def matrices(self) -> tuple[Numbers, Numbers]:
        """Activations, pixels x inputs, and weights, inputs x outputs, whose product is the output; packed."""
        _, kernel_rows, kernel_cols, _ = self.weights.shape
        rows, cols = self.output_size
        windows = [
            self.image[y : y + kernel_rows, x : x + kernel_cols].ravel()
            for y in range(0, rows * self.stride[0], self.stride[0])
            for x in range(0, cols * self.stride[1], self.stride[1])
        ]
        weights = self.weights.reshape(len(self.weights), -1)
        return self._packed(np.stack(windows), self.activation), self._packed(weights, self.weight).T

    def _packed(self, matrix: Numbers, form: Format) -> Numbers:
        if self.products == 1:
            return matrix
        matrix = np.pad(matrix, ((0, 0), (0, -matrix.shape[1] % self.products)))
        groups = matrix.reshape(len(matrix), -1, self.products)
        return np.array([[pack(group, form) for group in row] for row in groups])


@dataclass
class Plan:
    """What to send on each stream, and where to add each result."""

    tiles: list[int] = field(default_factory=list)
    activations: list[Numbers] = field(default_factory=list)
    weights: list[Numbers] = field(default_factory=list)
    results: list[list[Element]] = field(default_factory=list)


@dataclass(frozen=True)
class Size:
    """An array, and the longest tile that it is given."""

    rows: int
    cols: int
    longest: int = 65535


def _parts(length: int, step: int) -> Iterator[slice]:
    for start in range(0, length, step):
        yield slice(start, min(start + step, length))


def _padded(vector: Numbers, lanes: int) -> Numbers:
    return np.pad(vector, (0, lanes - len(vector)))


def _elements(pixels: range, outputs: range, lanes: int) -> list[Element]:
    """Of one pixel or of one output, the lanes of a result."""
    found: list[Element] = [(pixel, output) for pixel in pixels for output in outputs]
    return found + [None] * (lanes - len(found))


def weight_stationary(layer: Layer, size: Size) -> Plan:
    """Tiles of weights; all pixels pass each."""
    activations, weights = layer.matrices
    plan = Plan()
    for outputs in _parts(weights.shape[1], size.cols):
        for inputs in _parts(weights.shape[0], size.rows):
            tile = weights[inputs, outputs]
            for pixels in _parts(len(activations), size.longest):
                plan.tiles.append(pixels.stop - pixels.start)
                for row in range(size.rows):
                    values = tile[row] if row < len(tile) else tile[0] * 0
                    plan.weights.append(_padded(values, size.cols))
                for pixel in range(pixels.start, pixels.stop):
                    plan.activations.append(_padded(activations[pixel, inputs], size.rows))
                    lanes = range(outputs.start, outputs.stop)
                    plan.results.append(_elements(range(pixel, pixel + 1), lanes, size.cols))
    return plan


def input_stationary(layer: Layer, size: Size) -> Plan:
    """Tiles of activations; the weights of all outputs pass each."""
    activations, weights = layer.matrices
    plan = Plan()
    for pixels in _parts(len(activations), size.cols):
        for inputs in _parts(weights.shape[0], size.rows):
            tile = activations[pixels, inputs].T
            for outputs in _parts(weights.shape[1], size.longest):
                plan.tiles.append(outputs.stop - outputs.start)
                for row in range(size.rows):
                    values = tile[row] if row < len(tile) else tile[0] * 0
                    plan.activations.append(_padded(values, size.cols))
                for output in range(outputs.start, outputs.stop):
                    plan.weights.append(_padded(weights[inputs, output], size.rows))
                    lanes = range(pixels.start, pixels.stop)
                    plan.results.append(_elements(lanes, range(output, output + 1), size.cols))
    return plan


def output_stationary(layer: Layer, size: Size) -> Plan:
    """Tiles of outputs; all inputs pass each."""
    activations, weights = layer.matrices
    plan = Plan()
    for pixels in _parts(len(activations), size.rows):
        for outputs in _parts(weights.shape[1], size.cols):
            for inputs in _parts(weights.shape[0], size.longest):
                plan.tiles.append(inputs.stop - inputs.start)
                for index in range(inputs.start, inputs.stop):
                    plan.activations.append(_padded(activations[pixels, index], size.rows))
                    plan.weights.append(_padded(weights[index, outputs], size.cols))
                for row in range(size.rows):
                    pixel = pixels.start + row
                    inside = range(pixel, pixel + 1) if pixel < pixels.stop else range(0)
                    lanes = range(outputs.start, outputs.stop)
                    plan.results.append(_elements(inside, lanes, size.cols))
    return plan


def row_stationary(layer: Layer, size: Size) -> Plan:
    """Tiles of one output channel and ``cols`` output rows; ``size.rows`` must be the kernel's rows."""
    rows, cols = layer.output_size
    outputs, kernel_rows, _, channels = layer.weights.shape
    if kernel_rows != size.rows:
        raise ValueError(f"the kernel must have {size.rows} rows, not {kernel_rows}")
    image_rows = kernel_rows + (size.cols - 1) * layer.stride[0]
    image = layer.image.reshape(len(layer.image), -1)
    image = np.pad(image, ((0, image_rows), (0, 0)))
    filters = layer.weights.reshape(outputs, kernel_rows, -1)
    taps, step = filters.shape[2], layer.stride[1] * channels
    plan = Plan()
    for band in _parts(rows, size.cols):
        top = band.start * layer.stride[0]
        for output in range(outputs):
            for part in _parts(cols, size.longest):
                length = part.stop - part.start
                plan.tiles.append(length)
                plan.weights += list(filters[output].T)
                start = part.start * step
                seen = image[top : top + image_rows, start : start + taps + (length - 1) * step]
                plan.activations += list(seen.T)
                for x in range(part.start, part.stop):
                    pixels = [y * cols + x for y in range(band.start, band.stop)]
                    lanes: list[Element] = [(pixel, output) for pixel in pixels]
                    plan.results.append(lanes + [None] * (size.cols - len(lanes)))
    return plan


PLANS = {
    "weight_stationary": weight_stationary,
    "input_stationary": input_stationary,
    "output_stationary": output_stationary,
    "row_stationary": row_stationary,
}
