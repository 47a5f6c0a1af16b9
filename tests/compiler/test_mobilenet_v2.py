"""A network of MobileNetV2's size: it compiles, and its cycles are possible.

``python -m sim_tests.measurements.compiler_speed`` says how long that takes.
"""

from celosia.compiler.compile import compile_graph
from celosia.compiler.cost import predict
from celosia.compiler.tflite_import import import_model
from celosia.generators.presets import PRESETS
from celosia.rtl.config import AcceleratorConfig
from tests.mobilenet_v2 import mobilenet_v2

#: Large enough for the network, all of it.
MEMORIES = {
    "scratchpad_bytes": 1 << 22,
    "weight_bytes": 1 << 23,
    "parameter_words": 1 << 14,
    "program_bytes": 1 << 21,
}


def test_mobilenet_v2() -> None:
    config = AcceleratorConfig.create({**PRESETS["large"].model_dump(), **MEMORIES})
    compiled = compile_graph(import_model(mobilenet_v2(0), name="mobilenet_v2"), config)
    assert predict(compiled).cycles > compiled.macs / (
        config.macs_per_cycle + config.cols * config.depthwise_taps
    )
    assert 2.9e8 < compiled.macs < 3.1e8
