"""Requantizer: every corner of its operands and random ones, against integers of any size."""

from typing import Any, Literal

import pytest

from celosia.rtl.engine.requantize import Requantizer
from celosia.rtl.mac.products import Multiplier
from sim_tests.support import run_bench


@pytest.mark.parametrize(
    ("result_width", "simulator", "made_of", "registered"),
    [
        (32, "verilator", Multiplier.INFERRED, True),
        (9, "verilator", Multiplier.INFERRED, True),
        (9, "icarus", Multiplier.ECP5, True),
        (2, "icarus", Multiplier.INFERRED, True),
        (32, "icarus", Multiplier.INFERRED, False),
        (9, "verilator", Multiplier.INFERRED, False),
    ],
    ids=["32-verilator", "9-verilator", "9-ecp5", "2-icarus", "32-few-registers", "9-few-registers"],
)
def test_requantize(
    result_width: int, simulator: Literal["verilator", "icarus"], made_of: Multiplier, registered: bool
) -> None:
    """Results and latency, at the full width, at the vector engine's, and at the smallest."""
    unit = Requantizer(result_width=result_width, made_of=made_of, registered=registered)
    run_bench(
        unit,
        "sim_tests.units.bench_requantize",
        cases=4,
        parameters={
            "result_width": result_width,
            "latency": unit.latency,
            "operands": 20_000 if simulator == "verilator" else 2_000,
        },
        simulator=simulator,
    )


@pytest.mark.parametrize("result_width", [1, 33])
def test_result_width_out_of_range(result_width: int) -> None:
    """A width that cannot be is refused."""
    with pytest.raises(ValueError, match=rf"^result_width must be 2 to 32, not {result_width}$"):
        Requantizer(result_width=result_width)


def test_made_of_nothing() -> None:
    """What is no multiplier is refused."""
    made_of: Any = "dsp"
    with pytest.raises(ValueError, match=r"^'dsp' is not a valid Multiplier$"):
        Requantizer(made_of=made_of)


def test_result_width_not_an_integer() -> None:
    """A width that is no number is refused."""
    width: Any = "9"
    with pytest.raises(TypeError, match=r"^result_width must be an integer, not '9'$"):
        Requantizer(result_width=width)
