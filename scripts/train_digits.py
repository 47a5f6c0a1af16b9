#!/usr/bin/env python3
"""Trains the bundled digits network and writes it, with ten test images, into the package.

The network: conv 3x3x8, ReLU, max pool, conv 3x3x16, ReLU, max pool, fully connected, softmax, on the 8x8
digits that come with scikit-learn. Training is plain NumPy in seconds and the same on every run; quantisation
is post-training: int8 weights per output channel, int8 activations from the ranges seen on the training
images.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from celosia.cli import digits
from celosia.compiler.evaluate import evaluate
from celosia.compiler.graph import Activation, Operation, Quantization
from celosia.compiler.tflite_import import import_model
from celosia.compiler.tflite_writer import ModelBuilder
from celosia.generators.files import write_atomically

SEED = 0
EPOCHS = 40
BATCH = 32
LEARNING_RATE = 1e-2
NOISE = 0.1  # standard deviation added to each training pixel, of a range of 1
WHITE = 16  # grey values go from 0 to 16
CHANNELS = (1, 8, 16)
CLASSES = 10

Array = NDArray[np.float32]


@dataclass
class Layer:
    """Weights (kernel rows x kernel columns x inputs, outputs) and biases of one layer."""

    weights: Array
    bias: Array


def windows(image: Array) -> Array:
    """3x3 neighbourhoods (n, h, w, 9 * c) of an image (n, h, w, c) with a border of zeros."""
    padded = np.pad(image, ((0, 0), (1, 1), (1, 1), (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return views.transpose(0, 1, 2, 4, 5, 3).reshape(*image.shape[:3], -1)


def scatter(gradient: Array, channels: int) -> Array:
    """The transpose of :func:`windows`: each neighbourhood's gradient added to its pixels."""
    count, height, width, _ = gradient.shape
    taps = gradient.reshape(count, height, width, 3, 3, channels)
    image = np.zeros((count, height + 2, width + 2, channels), np.float32)
    for row in range(3):
        for column in range(3):
            image[:, row : row + height, column : column + width] += taps[:, :, :, row, column]
    return image[:, 1:-1, 1:-1]


def pooled(image: Array) -> tuple[Array, Array]:
    """Maxima of 2x2 blocks, and a mask of where they were."""
    count, height, width, channels = image.shape
    blocks = image.reshape(count, height // 2, 2, width // 2, 2, channels)
    maxima = blocks.max(axis=(2, 4), keepdims=True)
    return maxima[:, :, 0, :, 0], blocks == maxima


def unpooled(gradient: Array, mask: Array) -> Array:
    """The gradient of the image behind :func:`pooled`."""
    count, rows, _, columns, _, channels = mask.shape
    spread = mask * gradient[:, :, None, :, None]
    return spread.reshape(count, 2 * rows, 2 * columns, channels)


def forward(layers: list[Layer], images: Array) -> list[Array]:
    """Outputs of the two convolutions (after ReLU) and the fully-connected layer."""
    first = np.maximum(windows(images) @ layers[0].weights + layers[0].bias, 0)
    second = np.maximum(windows(pooled(first)[0]) @ layers[1].weights + layers[1].bias, 0)
    flat = pooled(second)[0].reshape(len(images), -1)
    return [first, second, flat @ layers[2].weights + layers[2].bias]


def gradients(layers: list[Layer], images: Array, labels: NDArray[np.int64]) -> list[Layer]:
    """Gradients of the mean cross entropy."""
    first, second, logits = forward(layers, images)
    first_pooled, first_mask = pooled(first)
    second_pooled, second_mask = pooled(second)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    error = powers / powers.sum(axis=1, keepdims=True)
    error[np.arange(len(labels)), labels] -= 1
    error /= len(labels)
    flat = second_pooled.reshape(len(images), -1)
    dense = Layer(flat.T @ error, error.sum(axis=0))
    back = unpooled((error @ layers[2].weights.T).reshape(second_pooled.shape), second_mask) * (second > 0)
    conv_2 = _convolution_gradient(first_pooled, back)
    back = scatter(back @ layers[1].weights.T, CHANNELS[1])
    back = unpooled(back, first_mask) * (first > 0)
    return [_convolution_gradient(images, back), conv_2, dense]


def _convolution_gradient(source: Array, error: Array) -> Layer:
    return Layer(np.tensordot(windows(source), error, axes=((0, 1, 2),) * 2), error.sum(axis=(0, 1, 2)))


def train(images: Array, labels: NDArray[np.int64], rng: np.random.Generator) -> list[Layer]:
    """Adam with a learning rate that falls to zero, on images with noise."""
    shapes = [(9 * CHANNELS[0], CHANNELS[1]), (9 * CHANNELS[1], CHANNELS[2]), (4 * CHANNELS[2], CLASSES)]
    layers = [
        Layer(rng.normal(0, np.sqrt(2 / shape[0]), shape).astype(np.float32), np.zeros(shape[1], np.float32))
        for shape in shapes
    ]
    parameters = [array for layer in layers for array in (layer.weights, layer.bias)]
    means = [np.zeros_like(array) for array in parameters]
    squares = [np.zeros_like(array) for array in parameters]
    steps = EPOCHS * (len(images) // BATCH)
    for step in range(1, steps + 1):
        chosen = rng.choice(len(images), BATCH, replace=False)
        batch = images[chosen] + rng.normal(0, NOISE, images[chosen].shape).astype(np.float32)
        rate = LEARNING_RATE * (1 - step / steps)
        found = gradients(layers, batch, labels[chosen])
        flat = [array for layer in found for array in (layer.weights, layer.bias)]
        for value, gradient, mean, square in zip(parameters, flat, means, squares, strict=True):
            mean += 0.1 * (gradient - mean)
            square += 0.001 * (gradient**2 - square)
            unbiased = np.sqrt(square / (1 - 0.999**step)) + 1e-8
            value -= rate * mean / (1 - 0.9**step) / unbiased
    return layers


def quantised(layers: list[Layer], images: Array) -> bytes:
    """The network as an int8 ``.tflite`` model; ``images`` set the ranges of the activations."""
    first, second, logits = forward(layers, images)
    builder = ModelBuilder(digits.NAME)
    # Training sees 0 to 1; the model's input is the grey value itself.
    scale, zero = np.float32(WHITE / 255), -128
    tensor = builder.tensor("image", (1, 8, 8, 1), Quantization((float(scale),), (zero,)))
    source = tensor
    factor = 1 / WHITE
    for number, (layer, output) in enumerate(((layers[0], first), (layers[1], second)), start=1):
        name, side, channels = f"conv_{number}", 16 >> number, CHANNELS[number]
        kernel = (factor * layer.weights).T.reshape(channels, 3, 3, -1)
        weights, bias = _constants(builder, name, kernel, layer.bias, scale, per_channel=True)
        scale = np.float32(output.max() / 255)
        quantization = Quantization((float(scale),), (zero,))
        convolved = builder.tensor(name, (1, side, side, channels), quantization)
        builder.conv_2d(tensor, weights, bias, convolved, activation=Activation.RELU)
        tensor = builder.tensor(f"pool_{number}", (1, side // 2, side // 2, channels), quantization)
        builder.pool_2d(Operation.MAX_POOL_2D, convolved, tensor, size=(2, 2), stride=(2, 2))
        factor = 1.0
    flat = builder.tensor("flatten", (1, 4 * CHANNELS[2]), Quantization((float(scale),), (zero,)))
    builder.reshape(tensor, flat)
    weights, bias = _constants(
        builder, "dense", layers[2].weights.T, layers[2].bias, scale, per_channel=False
    )
    low, high = logits.min(), logits.max()
    scale = np.float32((high - low) / 255)
    quantization = Quantization((float(scale),), (round(-128 - low / scale),))
    dense = builder.tensor("logits", (1, CLASSES), quantization)
    builder.fully_connected(flat, weights, bias, dense)
    probabilities = builder.tensor("probabilities", (1, CLASSES), Quantization((1 / 256,), (-128,)))
    builder.softmax(dense, probabilities)
    return builder.build([source], [probabilities])


def _constants(
    builder: ModelBuilder, name: str, kernel: Array, bias: Array, scale: np.float32, *, per_channel: bool
) -> tuple[int, int]:
    """Weights and biases of a layer whose first weight dimension is the output channel."""
    axes = tuple(range(1, kernel.ndim)) if per_channel else None
    scales = np.atleast_1d(np.abs(kernel).max(axis=axes) / 127).astype(np.float32)
    steps = np.rint(kernel / scales.reshape(-1, *[1] * (kernel.ndim - 1))).astype(np.int8)
    bias_scales = scales * scale
    zeros = (0,) * len(scales)
    weights = builder.constant(f"{name}/weights", steps, Quantization(tuple(map(float, scales)), zeros))
    biases = builder.constant(
        f"{name}/bias",
        np.rint(bias / bias_scales).astype(np.int32),
        Quantization(tuple(map(float, bias_scales)), zeros),
    )
    return weights, biases


def int8_accuracy(model: bytes, images: Array, labels: NDArray[np.int64]) -> float:
    """Share of images that the golden model classifies correctly."""
    graph = import_model(model, name=digits.NAME)
    inputs = np.rint(images * 255 - 128).astype(np.int8)
    found = [evaluate(graph, [image[None]])[graph.outputs[0]].argmax() for image in inputs]
    return float(np.mean(np.array(found) == labels))


def main() -> None:
    """Train, quantise, measure, write."""
    data = load_digits()
    train_images, test_images, train_labels, test_labels = train_test_split(
        (data.images[..., None] / WHITE).astype(np.float32),
        data.target,
        test_size=0.3,
        random_state=0,
        stratify=data.target,
    )
    layers = train(train_images, train_labels, np.random.default_rng(SEED))
    model = quantised(layers, train_images)
    right = forward(layers, test_images)[2].argmax(axis=1) == test_labels
    int8 = int8_accuracy(model, test_images, test_labels)
    print(f"accuracy on {len(test_labels)} test images: float {np.mean(right):.4f}, int8 {int8:.4f}")

    folder = Path(digits.__file__).parent
    write_atomically(folder / "digits.tflite", model)
    chosen = [int(np.flatnonzero(test_labels == digit)[0]) for digit in range(CLASSES)]
    pixels = np.rint(test_images[chosen, :, :, 0] * WHITE).astype(np.uint8)
    np.savez(folder / "images.npz", images=pixels, labels=test_labels[chosen].astype(np.uint8))
    print(f"wrote {folder / 'digits.tflite'} ({len(model)} bytes) and images.npz")


if __name__ == "__main__":
    main()
