"""Layers keep their dependences, and residual shortcuts move between heavier layers."""

import pytest

from celosia.compiler.canonicalise import canonicalise
from celosia.compiler.layers import Convolution, Lowered, layer_buffers
from celosia.compiler.lower import lower
from celosia.compiler.order import order_layers
from celosia.compiler.partition import partition
from celosia.compiler.tflite_import import import_model
from celosia.rtl.config import AcceleratorConfig
from tests.zoo import ZOO

LARGE = AcceleratorConfig.create({"rows": 16, "cols": 16, "weight_rows_per_cycle": 4, "vector_lanes": 8})


def ordered(name: str) -> tuple[Lowered, Lowered]:
    network = lower(partition(canonicalise(import_model(ZOO[name](7), name=name))).body, LARGE)
    return network, order_layers(network, LARGE)


@pytest.mark.parametrize("name", ZOO)
def test_layers_follow_those_that_they_read(name: str) -> None:
    before, after = ordered(name)
    assert {id(layer) for layer in after.layers} == {id(layer) for layer in before.layers}
    written = set(before.inputs)
    written |= {index for index, buffer in enumerate(before.buffers) if buffer.constant is not None}
    for layer in after.layers:
        *read, output = layer_buffers(layer)
        copies = {nest.out.buffer for nest in layer.preparation}
        if isinstance(layer.work, Convolution) and layer.work.gather is not None:
            copies.add(layer.work.source)
        assert set(read) - copies - {output} <= written
        written.add(output)


def test_shortcut_moves_between_the_block_s_other_convolutions() -> None:
    """The 1x1 convolution has fewer tiles than the array takes to requantise: the 3x3 ones hide it."""
    before, after = ordered("resnet_small")
    layers = list(before.layers)
    moved = [layers.index(layer) for layer in after.layers]
    # conv, three blocks of: conv, conv, (shortcut,) add; then pooling and a fully-connected layer
    assert moved == [0, 1, 2, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 13]
