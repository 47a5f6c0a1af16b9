"""A network too large to be simulated, for what must be fast with large networks too."""

from celosia.compiler.graph import Activation
from tests.random_network import RandomNetwork

RELU6 = Activation.RELU6


def mobilenet_v2(seed: int) -> bytes:
    """MobileNetV2 (Sandler et al., 2018) on 224x224x3, 300 M multiply-accumulates."""
    net = RandomNetwork(seed)
    x = net.conv(net.input(1, 224, 224, 3), 32, stride=(2, 2), activation=RELU6)
    stages = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    for expansion, channels, blocks, first_stride in stages:
        for block in range(blocks):
            stride = 1 if block else first_stride
            hidden = x.sample.shape[3] * expansion
            y = net.conv(x, hidden, (1, 1), activation=RELU6) if expansion > 1 else x
            y = net.depthwise(y, stride=(stride, stride), activation=RELU6)
            y = net.conv(y, channels, (1, 1))
            x = net.add(x, y) if x.sample.shape == y.sample.shape else y
    x = net.mean(net.conv(x, 1280, (1, 1), activation=RELU6))
    return net.build(net.softmax(net.fully_connected(x, 1001)))
