# amaranth: UnusedElaboratable=no
"""RAM: widths, depths and granularities in simulation; and what it refuses."""

import re
from typing import Any, Literal

import pytest

from celosia.rtl.memory.ram import RAM_VERILOG, Ram
from sim_tests.support import run_bench

Simulator = Literal["verilator", "icarus"]


@pytest.mark.parametrize(
    ("width", "depth", "granularity", "simulator"),
    [(32, 24, 8, "icarus"), (1, 1, 1, "icarus"), (72, 33, 24, "verilator"), (13, 64, None, "verilator")],
)
def test_ram(width: int, depth: int, granularity: int | None, simulator: Simulator) -> None:
    """Every word it shows equals that of an array of words."""
    run_bench(
        Ram(width=width, depth=depth, granularity=granularity),
        "sim_tests.units.bench_ram",
        cases=4,
        parameters={"width": width, "depth": depth, "granularity": granularity or width},
        simulator=simulator,
    )


@pytest.mark.parametrize("width", [8, 24])
def test_lost_read(width: int) -> None:
    """Simulation gives something else than either word where hardware may give anything."""
    run_bench(
        Ram(width=width, depth=16, granularity=8, reads_old=False),
        "sim_tests.units.bench_ram_collisions",
        cases=1,
        parameters={"width": width, "granularity": 8},
        simulator="icarus",
    )


def test_template_is_one_module() -> None:
    """The text that designs are completed with defines the module and nothing else."""
    assert re.findall(r"^module (\w+)", RAM_VERILOG, re.MULTILINE) == ["celosia_ram"]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"width": 0, "depth": 4}, r"^width must be positive, not 0$"),
        ({"width": 8, "depth": -1}, r"^depth must be positive, not -1$"),
        ({"width": 8, "depth": 4, "granularity": 3}, r"^granularity must divide width \(8\), not 3$"),
    ],
)
def test_refused_values(sizes: dict[str, Any], message: str) -> None:
    """Sizes that cannot be built are named."""
    with pytest.raises(ValueError, match=message):
        Ram(**sizes)


def test_refused_types() -> None:
    """Every size must be an integer."""
    with pytest.raises(TypeError, match=r"^depth must be an integer, not 4\.0$"):
        Ram(width=8, depth=4.0)  # type: ignore[arg-type] # on purpose
    with pytest.raises(TypeError, match=r"^reads_old must be a bool, not 1$"):
        Ram(width=8, depth=4, reads_old=1)  # type: ignore[arg-type] # on purpose
