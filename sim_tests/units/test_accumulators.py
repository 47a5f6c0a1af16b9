# amaranth: UnusedElaboratable=no
"""Accumulators: columns, widths and depths in simulation; and what they refuse."""

from typing import Any

import pytest

from celosia.rtl.memory.accumulators import Accumulators
from sim_tests.support import run_bench


@pytest.mark.parametrize(
    ("cols", "pe_cols", "width", "depth", "bus_width", "registered", "simulator"),
    [
        (1, 1, 16, 4, 64, False, "icarus"),
        (3, 1, 20, 10, 32, False, "icarus"),
        (4, 4, 32, 16, 64, False, "icarus"),
        (6, 2, 32, 24, 32, False, "verilator"),
        (2, 1, 24, 6, 32, True, "icarus"),
        (4, 2, 32, 24, 64, True, "verilator"),
    ],
)
def test_accumulators(
    cols: int, pe_cols: int, width: int, depth: int, bus_width: int, registered: bool, simulator: str
) -> None:
    """Every read equals an array of sums, every vector that asks for it is retired in its cycle."""
    accumulators = Accumulators(
        cols=cols, pe_cols=pe_cols, width=width, depth=depth, bus_width=bus_width, registered=registered
    )
    run_bench(
        accumulators,
        "sim_tests.units.bench_accumulators",
        cases=5,
        parameters={
            "cols": cols,
            "pe_cols": pe_cols,
            "width": width,
            "depth": depth,
            "bus_width": bus_width,
            "read_latency": accumulators.read_latency,
            "update_latency": accumulators.update_latency,
        },
        simulator=simulator,
    )


def test_latencies() -> None:
    """A read takes 2 cycles, an update 4 and one for each further column of processing elements; registers take 2."""
    for registered, more in ((False, 0), (True, 2)):
        accumulators = Accumulators(cols=8, pe_cols=2, width=32, depth=8, bus_width=32, registered=registered)
        assert accumulators.read_latency == 2 + more
        assert accumulators.update_latency == 7 + more


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"cols": 0}, r"^cols must be positive, not 0$"),
        ({"pe_cols": 3}, r"^pe_cols must divide cols \(4\), not 3$"),
        ({"width": 33}, r"^width must be at most 32, not 33$"),
        ({"depth": 7}, r"^depth must be even, not 7$"),
        ({"bus_width": 16}, r"^bus_width must be 32 or 64, not 16$"),
    ],
)
def test_refused_values(changed: dict[str, Any], message: str) -> None:
    """Sizes that cannot be built are named."""
    sizes = {"cols": 4, "pe_cols": 1, "width": 32, "depth": 8, "bus_width": 32}
    with pytest.raises(ValueError, match=message):
        Accumulators(**sizes | changed)


def test_refused_types() -> None:
    """Sizes must be integers."""
    with pytest.raises(TypeError, match=r"^depth must be an integer, not 8\.0$"):
        Accumulators(cols=4, pe_cols=1, width=32, depth=8.0, bus_width=32)  # type: ignore[arg-type] # on purpose
    with pytest.raises(TypeError, match=r"^registered must be a bool, not 1$"):
        Accumulators(
            cols=4,
            pe_cols=1,
            width=32,
            depth=8,
            bus_width=32,
            registered=1,  # type: ignore[arg-type] # on purpose
        )
