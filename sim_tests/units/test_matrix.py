"""MATRIX engine: sizes of array, PE, load and memories in simulation; and what it refuses."""

from typing import Any

import pytest

from celosia.rtl.array.systolic import SystolicArray
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.engine.matrix import MatrixEngine
from celosia.rtl.engine.matrix_lanes import LaneRange
from celosia.rtl.engine.matrix_loader import MatrixLoader
from celosia.rtl.engine.matrix_nest import LoopNest
from celosia.rtl.engine.matrix_padding import Padding
from celosia.rtl.engine.matrix_streamer import MatrixStreamer
from celosia.rtl.memory.delay_line import DelayLine
from sim_tests.support import run_bench

SMALL = {"vector_lanes": 1, "scratchpad_banks": 2, "program_bytes": 1 << 20, "parameter_words": 4}


@pytest.mark.parametrize(
    ("fields", "scratchpad_latency", "weight_latency", "simulator"),
    [
        pytest.param(
            {
                "rows": 5,
                "cols": 3,
                "accumulator_width": 18,
                "accumulator_depth": 100,
                "scratchpad_bytes": 1968,
                "weight_bytes": 15 * 37,
            },
            3,
            1,
            "verilator",
            id="5x3",
        ),
        pytest.param(
            {
                "rows": 8,
                "cols": 4,
                "pe_rows": 4,
                "pe_cols": 2,
                "weight_rows_per_cycle": 4,
                "accumulator_depth": 64,
                "scratchpad_bytes": 4096,
                "weight_bytes": 2048,
            },
            4,
            3,
            "verilator",
            id="8x4 in PEs of 4x2, 4 rows a load",
        ),
        pytest.param(
            {
                "rows": 4,
                "cols": 4,
                "pe_rows": 4,
                "pe_cols": 4,
                "weight_rows_per_cycle": 4,
                "accumulator_width": 16,
                "accumulator_depth": 30,
                "scratchpad_bytes": 256,
                "weight_bytes": 1024,
            },
            2,
            2,
            "icarus",
            id="4x4 in one PE, a tile a load",
        ),
        pytest.param(
            {
                "rows": 1,
                "cols": 2,
                "accumulator_depth": 64,
                "scratchpad_bytes": 512,
                "weight_bytes": 128,
            },
            1,
            1,
            "icarus",
            id="1x2",
        ),
    ],
)
def test_matrix(fields: dict[str, int], scratchpad_latency: int, weight_latency: int, simulator: str) -> None:
    """Every vector's sums and tag are those of the commands' loop nest, in the cycles promised."""
    config = AcceleratorConfig.create(SMALL | fields)
    array = SystolicArray(rows=config.rows, cols=config.cols, pe_rows=config.pe_rows, pe_cols=config.pe_cols)
    run_bench(
        MatrixEngine(config, scratchpad_latency=scratchpad_latency, weight_latency=weight_latency),
        "sim_tests.units.bench_matrix",
        cases=5,
        parameters={
            "config": config.model_dump(),
            "scratchpad_latency": scratchpad_latency,
            "weight_latency": weight_latency,
            "array_latency": array.latency,
        },
        simulator=simulator,
    )


@pytest.mark.parametrize(
    ("latencies", "error", "message"),
    [
        ((0, 1), ValueError, r"^scratchpad_latency must be positive, not 0$"),
        ((3, -1), ValueError, r"^weight_latency must be positive, not -1$"),
        ((3, 4), ValueError, r"^weight_latency must be at most scratchpad_latency \(3\), not 4$"),
        (("3", 1), TypeError, r"^scratchpad_latency must be an integer, not '3'$"),
    ],
)
def test_refused_latencies(latencies: tuple[Any, Any], error: type[Exception], message: str) -> None:
    """Latencies that cannot be built are named."""
    with pytest.raises(error, match=message):
        MatrixEngine(AcceleratorConfig(), scratchpad_latency=latencies[0], weight_latency=latencies[1])


@pytest.mark.parametrize("component", [MatrixLoader, MatrixStreamer])
def test_refused_configuration(component: Any) -> None:
    """A configuration is one, not a dictionary of its fields."""
    message = r"^config must be an AcceleratorConfig, not \{\}$"
    with pytest.raises(TypeError, match=message):
        component({})
    fields: Any = {}
    with pytest.raises(TypeError, match=message):
        MatrixEngine(fields, scratchpad_latency=3, weight_latency=1)


@pytest.mark.parametrize(
    ("component", "parameters", "error", "message"),
    [
        (LaneRange, {"rows": 0}, ValueError, r"^rows must be positive, not 0$"),
        (LaneRange, {"rows": 4.0}, TypeError, r"^rows must be an integer, not 4\.0$"),
        (Padding, {"rows": -1, "read_latency": 3}, ValueError, r"^rows must be positive, not -1$"),
        (Padding, {"rows": 4, "read_latency": 0}, ValueError, r"^read_latency must be positive, not 0$"),
        (DelayLine, {"shape": 8, "cycles": 1}, ValueError, r"^cycles must be at least 2, not 1$"),
        (DelayLine, {"shape": 8, "cycles": None}, TypeError, r"^cycles must be an integer, not None$"),
        (LoopNest, {"widths": ()}, ValueError, r"^widths must hold at least one width, not \(\)$"),
        (LoopNest, {"widths": (3, 0)}, ValueError, r"^widths must be positive, not 0$"),
        (LoopNest, {"widths": ("3",)}, TypeError, r"^widths must be integers, not '3'$"),
    ],
)
def test_refused_parameters(
    component: Any, parameters: dict[str, Any], error: type[Exception], message: str
) -> None:
    """Parameters of the engine's parts that cannot be built are named."""
    with pytest.raises(error, match=message):
        component(**parameters)
