"""Buffers that live together do not overlap, and memory is not wasted."""

import pytest

from celosia.compiler.canonicalise import canonicalise
from celosia.compiler.layers import Lowered
from celosia.compiler.lower import lower
from celosia.compiler.partition import partition
from celosia.compiler.place import Lifetime, Placement, buffer_lifetimes, place
from celosia.compiler.tflite_import import import_model
from celosia.rtl.config import AcceleratorConfig
from tests.zoo import ZOO


def lowered(name: str, config: AcceleratorConfig) -> Lowered:
    return lower(partition(canonicalise(import_model(ZOO[name](7), name=name))).body, config)


def check(network: Lowered, placement: Placement, config: AcceleratorConfig, slack: int) -> None:
    lifetimes = buffer_lifetimes(network)
    for a, (a_buffer, a_life) in enumerate(zip(network.buffers, lifetimes, strict=True)):
        assert placement.addresses[a] % config.word_bytes == 0
        assert placement.addresses[a] + a_buffer.size <= placement.peak
        for b in range(a):
            b_buffer, b_life = network.buffers[b], lifetimes[b]
            if a_life.first <= b_life.last + slack and b_life.first <= a_life.last + slack:
                assert (
                    placement.addresses[a] + a_buffer.size <= placement.addresses[b]
                    or placement.addresses[b] + b_buffer.size <= placement.addresses[a]
                ), f"{a} and {b} overlap"


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("slack", [0, 1])
def test_no_overlap(name: str, slack: int) -> None:
    config = AcceleratorConfig.create({"rows": 5, "cols": 7, "vector_lanes": 3})
    network = lowered(name, config)
    check(network, place(network, config, slack=slack), config, slack)


@pytest.mark.parametrize("name", ["resnet_small", "mobilenet_v1_quarter", "mobilenet_v2_block"])
def test_peak_is_what_the_worst_layer_needs(name: str) -> None:
    config = AcceleratorConfig()
    network = lowered(name, config)
    word = config.word_bytes
    sizes = [-(-buffer.size // word) * word for buffer in network.buffers]
    lifetimes = buffer_lifetimes(network)
    demand = [
        sum(size for size, life in zip(sizes, lifetimes, strict=True) if life.first <= time <= life.last)
        for time in range(-1, len(network.layers) + 1)
    ]
    assert place(network, config).peak == max(demand)


def test_lifetimes() -> None:
    network = lowered("residual", AcceleratorConfig())
    for number, layer in enumerate(network.layers):
        output = network.tensor_buffers[layer.operator.outputs[0]]
        assert buffer_lifetimes(network)[output].first == number
    for buffer in network.outputs:
        assert buffer_lifetimes(network)[buffer].last == len(network.layers)


def test_constants_live_throughout() -> None:
    """The host writes them once; later inferences find them where they were."""
    network = lowered("products", AcceleratorConfig())
    end = len(network.layers)
    lives = [
        lifetime
        for lifetime, buffer in zip(buffer_lifetimes(network), network.buffers, strict=True)
        if buffer.constant is not None
    ]
    assert lives == [Lifetime(-1, end)]
