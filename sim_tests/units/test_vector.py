"""Vector engine: random commands of every function against a reference, operand by operand."""

from typing import Any, Literal

import pytest

from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.engine.vector import VectorEngine
from sim_tests.support import run_bench

LATENCIES = {
    "scratchpad_latency": 3,
    "scratchpad_write_latency": 1,
    "accumulator_latency": 1,
    "parameter_latency": 1,
}
SMALL_MEMORIES = {"scratchpad_bytes": 4096, "accumulator_depth": 64, "parameter_words": 80}


@pytest.mark.parametrize(
    ("fields", "latencies", "commands", "simulator"),
    [
        pytest.param({"cols": 8, "vector_lanes": 4}, {}, 40, "verilator", id="4-of-8"),
        pytest.param(
            {
                "cols": 7,
                "vector_lanes": 3,
                "accumulator_width": 20,
                "scratchpad_bytes": 3008,
                "depthwise_taps": 3,
                "depthwise_accumulator_depth": 200,
            },
            {"accumulator_latency": 6, "parameter_latency": 9, "scratchpad_write_latency": 2},
            40,
            "verilator",
            id="3-of-7-slow-memories",
        ),
        pytest.param(
            {"cols": 8, "vector_lanes": 8, "accumulator_depth": 8192, "depthwise_taps": 9},
            {"scratchpad_latency": 1, "accumulator_latency": 2},
            40,
            "verilator",
            id="8-of-8-more-accumulators-than-scratchpad",
        ),
        pytest.param({"cols": 4, "vector_lanes": 1}, {}, 40, "icarus", id="1-of-4"),
        pytest.param(
            {"cols": 4, "vector_lanes": 2, "multiplier": "ecp5"}, {}, 40, "verilator", id="2-of-4-ecp5"
        ),
        pytest.param(
            {"cols": 4, "vector_lanes": 2, "vector_registers": 0},
            {"accumulator_latency": 2, "parameter_latency": 2},
            40,
            "verilator",
            id="2-of-4-few-registers",
        ),
    ],
)
def test_vector(
    fields: dict[str, Any],
    latencies: dict[str, int],
    commands: int,
    simulator: Literal["verilator", "icarus"],
) -> None:
    """Every read, every written byte, and every state and retirement, in its cycle."""
    config = AcceleratorConfig.create({"rows": 4} | SMALL_MEMORIES | fields)
    latencies = LATENCIES | latencies
    run_bench(
        VectorEngine(config, **latencies),
        "sim_tests.units.bench_vector",
        cases=5,
        parameters={"config": config.model_dump(), "commands": commands} | latencies,
        simulator=simulator,
    )


@pytest.mark.parametrize(
    ("functions", "registers"),
    [("", 1), ("maximum", 1), ("multiply", 1), ("add,maximum", 1), ("sum,table", 1), ("", 0), ("maximum", 0)],
)
def test_functions(functions: str, registers: int) -> None:
    """What a machine without some functions still does, in the same cycles."""
    fields = {"rows": 4, "cols": 4, "vector_lanes": 1, "vector_functions": functions}
    fields |= {"vector_registers": registers}
    config = AcceleratorConfig.create(SMALL_MEMORIES | fields)
    run_bench(
        VectorEngine(config, **LATENCIES),
        "sim_tests.units.bench_vector_functions",
        cases=2,
        parameters={"config": config.model_dump(), "commands": 20} | LATENCIES,
        simulator="icarus",
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("scratchpad_latency", 0, "scratchpad_latency must be positive, not 0"),
        ("accumulator_latency", 7, "accumulator_latency must be at most 6, not 7"),
        ("parameter_latency", 10, "parameter_latency must be at most 9, not 10"),
    ],
)
def test_latency_out_of_range(name: str, value: int, message: str) -> None:
    """A latency that the pipeline cannot hide is refused."""
    with pytest.raises(ValueError, match=f"^{message}$"):
        VectorEngine(AcceleratorConfig(), **(LATENCIES | {name: value}))


def test_not_a_configuration() -> None:
    """Anything but a configuration is refused."""
    config: Any = {"rows": 4}
    with pytest.raises(TypeError, match=r"^config must be an AcceleratorConfig, not \{'rows': 4\}$"):
        VectorEngine(config, **LATENCIES)


def test_latency_not_an_integer() -> None:
    """A latency that is no number is refused."""
    latency: Any = 1.0
    with pytest.raises(TypeError, match=r"^parameter_latency must be an integer, not 1\.0$"):
        VectorEngine(AcceleratorConfig(), **(LATENCIES | {"parameter_latency": latency}))
