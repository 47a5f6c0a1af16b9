"""The bundled digits network and its images."""

import numpy as np

from celosia.cli import digits
from celosia.compiler.evaluate import evaluate
from celosia.compiler.graph import Operation
from celosia.compiler.tflite_import import import_tflite


def test_one_image_of_each_digit() -> None:
    images, labels = digits.images()
    assert images.shape == (10, 8, 8)
    assert images.dtype == np.uint8
    assert images.max() == 16
    assert labels.tolist() == list(range(10))


def test_network_reads_its_images() -> None:
    graph = import_tflite(digits.model_path())
    source = graph.tensors[graph.inputs[0]]
    assert source.quantization is not None
    assert graph.operators[-1].operation is Operation.SOFTMAX
    images, labels = digits.images()
    steps = np.rint(images / source.quantization.scale[0]) + source.quantization.zero_point[0]
    inputs = steps.astype(np.int8).reshape(10, *source.shape)
    found = [evaluate(graph, [image])[graph.outputs[0]].argmax() for image in inputs]
    assert found == labels.tolist()
