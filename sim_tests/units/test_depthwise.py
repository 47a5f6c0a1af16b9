"""DEPTHWISE engine: sizes of window, lanes, weight words and memories in simulation; and what it refuses."""

from typing import Any

import pytest

from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.engine.depthwise import DepthwiseEngine
from celosia.rtl.engine.depthwise_lane import DepthwiseLane
from celosia.rtl.engine.depthwise_lines import DepthwiseLines
from celosia.rtl.engine.depthwise_loader import DepthwiseLoader
from celosia.rtl.engine.depthwise_select import DepthwiseSelect
from celosia.rtl.engine.depthwise_streamer import DepthwiseStreamer
from sim_tests.support import run_bench

SMALL = {"vector_lanes": 1, "scratchpad_banks": 2, "program_bytes": 1 << 20, "parameter_words": 4}


@pytest.mark.parametrize(
    ("fields", "scratchpad_latency", "weight_latency", "simulator"),
    [
        pytest.param(
            {
                "rows": 5,
                "cols": 3,
                "depthwise_taps": 9,
                "depthwise_line": 13,
                "depthwise_accumulator_depth": 40,
                "accumulator_width": 32,
                "scratchpad_bytes": 1968,
                "weight_bytes": 3 * 199,
            },
            3,
            4,
            "verilator",
            id="3 lanes of 3x3",
        ),
        pytest.param(
            {
                "rows": 4,
                "cols": 8,
                "weight_rows_per_cycle": 4,
                "depthwise_taps": 9,
                "depthwise_line": 31,
                "depthwise_accumulator_depth": 64,
                "accumulator_width": 16,
                "scratchpad_bytes": 4096,
                "weight_bytes": 4096,
            },
            4,
            6,
            "verilator",
            id="8 lanes of 3x3, 4 rows a load, 16 bits",
        ),
        pytest.param(
            {
                "rows": 8,
                "cols": 5,
                "weight_rows_per_cycle": 8,
                "depthwise_taps": 3,
                "depthwise_accumulator_depth": 30,
                "scratchpad_bytes": 256,
                "weight_bytes": 1024,
            },
            1,
            2,
            "icarus",
            id="5 lanes of 1x3, one load",
        ),
        pytest.param(
            {
                "rows": 1,
                "cols": 1,
                "depthwise_taps": 3,
                "depthwise_accumulator_depth": 64,
                "scratchpad_bytes": 512,
                "weight_bytes": 128,
            },
            2,
            3,
            "icarus",
            id="1 lane of 1x3",
        ),
    ],
)
def test_depthwise(
    fields: dict[str, int], scratchpad_latency: int, weight_latency: int, simulator: str
) -> None:
    """Every window's sums and tag are those of the commands' loop nest, in the cycles promised."""
    config = AcceleratorConfig.create(SMALL | fields)
    engine = DepthwiseEngine(config, scratchpad_latency=scratchpad_latency, weight_latency=weight_latency)
    run_bench(
        engine,
        "sim_tests.units.bench_depthwise",
        cases=5,
        parameters={
            "config": config.model_dump(),
            "scratchpad_latency": scratchpad_latency,
            "weight_latency": weight_latency,
            "latency": scratchpad_latency + 1 + 2 + (2 if config.depthwise_taps == 3 else 4),
            "settle": weight_latency - scratchpad_latency + 1,
        },
        simulator=simulator,
    )


WITH_ENGINE = AcceleratorConfig(depthwise_taps=9)


@pytest.mark.parametrize(
    ("latencies", "error", "message"),
    [
        ((0, 1), ValueError, r"^scratchpad_latency must be positive, not 0$"),
        ((3, -1), ValueError, r"^weight_latency must be positive, not -1$"),
        ((3, 3), ValueError, r"^weight_latency must be at least scratchpad_latency \+ 1 \(4\), not 3$"),
        (("3", 1), TypeError, r"^scratchpad_latency must be an integer, not '3'$"),
    ],
)
def test_refused_latencies(latencies: tuple[Any, Any], error: type[Exception], message: str) -> None:
    """Latencies that cannot be built are named."""
    with pytest.raises(error, match=message):
        DepthwiseEngine(WITH_ENGINE, scratchpad_latency=latencies[0], weight_latency=latencies[1])


def test_refused_configuration() -> None:
    """A configuration is one, not a dictionary of its fields, and has the engine."""
    message = r"^config must be an AcceleratorConfig, not \{\}$"
    fields: Any = {}
    with pytest.raises(TypeError, match=message):
        DepthwiseStreamer(fields)
    with pytest.raises(TypeError, match=message):
        DepthwiseLoader(fields, settle=2)
    with pytest.raises(TypeError, match=message):
        DepthwiseEngine(fields, scratchpad_latency=3, weight_latency=4)
    with pytest.raises(ValueError, match=r"^depthwise_taps must be 3 or 9 for a DEPTHWISE engine, not 0$"):
        DepthwiseEngine(AcceleratorConfig(), scratchpad_latency=3, weight_latency=4)


@pytest.mark.parametrize(
    ("component", "parameters", "error", "message"),
    [
        (
            DepthwiseLane,
            {"rows": 0, "weight_rows_per_cycle": 1},
            ValueError,
            r"^rows must be positive, not 0$",
        ),
        (
            DepthwiseLane,
            {"rows": 3, "weight_rows_per_cycle": 1.0},
            TypeError,
            r"^weight_rows_per_cycle must be an integer, not 1\.0$",
        ),
        (DepthwiseLines, {"rows": 3, "cols": 0, "line": 9}, ValueError, r"^cols must be positive, not 0$"),
        (
            DepthwiseLines,
            {"rows": 3, "cols": 1, "line": "9"},
            TypeError,
            r"^line must be an integer, not '9'$",
        ),
        (DepthwiseSelect, {"cols": -1}, ValueError, r"^cols must be positive, not -1$"),
    ],
)
def test_refused_parameters(
    component: Any, parameters: dict[str, Any], error: type[Exception], message: str
) -> None:
    """Parameters of the engine's parts that cannot be built are named."""
    with pytest.raises(error, match=message):
        component(**parameters)


def test_refused_settle() -> None:
    """The loader's delay is named as well."""
    with pytest.raises(ValueError, match=r"^settle must be positive, not 0$"):
        DepthwiseLoader(WITH_ENGINE, settle=0)
