# amaranth: UnusedElaboratable=no
"""Systolic array: sizes of array, PE and load, and number formats in simulation; and what it refuses."""

from typing import Any

import pytest
from amaranth.hdl import Shape, signed, unsigned

from celosia.rtl.array.systolic import SystolicArray
from celosia.rtl.mac.products import Multiplier
from sim_tests.support import run_bench
from sim_tests.support.formats import bench_format


def simulate(simulator: str = "verilator", **parameters: Any) -> None:
    """Run the bench on the array with these parameters."""
    array = SystolicArray(**parameters)

    run_bench(
        array,
        "sim_tests.units.bench_systolic_array",
        cases=4,
        parameters={
            "rows": array.rows,
            "cols": array.cols,
            "pe_cols": array.pe_cols,
            "weight_rows_per_cycle": array.weight_rows_per_cycle,
            "latency": array.latency,
            "weight": bench_format(array.weight_shape),
            "activation": bench_format(array.activation_shape),
            "accumulator": bench_format(array.accumulator_shape),
        },
        simulator=simulator,
    )


@pytest.mark.parametrize(
    ("rows", "cols", "pe_rows", "pe_cols", "weight_rows_per_cycle", "simulator"),
    [
        (1, 3, 1, 1, 1, "icarus"),
        (4, 4, 4, 4, 1, "icarus"),
        (3, 1, 1, 1, 3, "icarus"),
        (5, 7, 1, 1, 1, "verilator"),
        (8, 4, 4, 2, 4, "verilator"),
        (6, 6, 3, 2, 2, "verilator"),
        (16, 16, 4, 1, 4, "verilator"),
    ],
)
def test_systolic_array(
    rows: int, cols: int, pe_rows: int, pe_cols: int, weight_rows_per_cycle: int, simulator: str
) -> None:
    """Results equal a matrix product with the tile that was loaded, in the cycle they are promised for."""
    simulate(
        simulator,
        rows=rows,
        cols=cols,
        pe_rows=pe_rows,
        pe_cols=pe_cols,
        weight_rows_per_cycle=weight_rows_per_cycle,
    )


@pytest.mark.parametrize(
    "multiplier", [each for each in Multiplier if each is not Multiplier.INFERRED], ids=str
)
def test_multipliers(multiplier: Multiplier) -> None:
    """Hard multipliers take longer, which the latency says; a PE's columns may share them."""
    simulate("icarus", rows=4, cols=6, pe_rows=2, pe_cols=3, weight_rows_per_cycle=2, multiplier=multiplier)


@pytest.mark.parametrize(
    ("weight_shape", "activation_shape", "accumulator_shape"),
    [
        (signed(8), signed(8), signed(16)),
        (signed(4), unsigned(8), signed(20)),
        (unsigned(3), unsigned(5), unsigned(9)),
        (unsigned(8), signed(8), signed(24)),
    ],
    ids=lambda shape: f"{'signed' if shape.signed else 'unsigned'}{shape.width}",
)
def test_formats(weight_shape: Shape, activation_shape: Shape, accumulator_shape: Shape) -> None:
    """Signed and unsigned operands of any width; accumulators too narrow for the sums wrap."""
    simulate(
        "icarus",
        rows=6,
        cols=2,
        pe_rows=3,
        weight_rows_per_cycle=2,
        weight_shape=weight_shape,
        activation_shape=activation_shape,
        accumulator_shape=accumulator_shape,
    )


def test_latency() -> None:
    """A cycle for each row of PEs, for operand, product and partial sum, and for each level of adders."""
    assert SystolicArray(rows=1, cols=1).latency == 3
    assert SystolicArray(rows=16, cols=16).latency == 18
    assert SystolicArray(rows=16, cols=16, pe_rows=4).latency == 8
    assert SystolicArray(rows=15, cols=16, pe_rows=5).latency == 8
    assert SystolicArray(rows=16, cols=16, pe_rows=4, multiplier=Multiplier.ECP5).latency == 11


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"rows": 0, "cols": 4}, r"^rows must be positive, not 0$"),
        ({"rows": 4, "cols": -4}, r"^cols must be positive, not -4$"),
        ({"rows": 4, "cols": 4, "pe_rows": 3}, r"^pe_rows must divide rows \(4\), not 3$"),
        ({"rows": 4, "cols": 4, "pe_cols": 8}, r"^pe_cols must divide cols \(4\), not 8$"),
        (
            {"rows": 4, "cols": 4, "weight_rows_per_cycle": 3},
            r"^weight_rows_per_cycle must divide rows \(4\), not 3$",
        ),
        ({"rows": 4, "cols": 4, "weight_shape": 0}, r"^weight_shape must have at least one bit, not 0$"),
    ],
)
def test_refused_values(parameters: dict[str, Any], message: str) -> None:
    """Sizes that cannot be built are named."""
    with pytest.raises(ValueError, match=message):
        SystolicArray(**parameters)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"rows": "4", "cols": 4}, r"^rows must be an integer, not '4'$"),
        ({"rows": 4, "cols": True}, r"^cols must be an integer, not True$"),
        (
            {"rows": 4, "cols": 4, "accumulator_shape": "wide"},
            r"^accumulator_shape must be an integer shape, not 'wide'$",
        ),
        ({"rows": 4, "cols": 4, "multiplier": "dsp"}, r"^multiplier must be a Multiplier, not 'dsp'$"),
    ],
)
def test_refused_types(parameters: dict[str, Any], message: str) -> None:
    """Parameters of the wrong kind are named."""
    with pytest.raises(TypeError, match=message):
        SystolicArray(**parameters)
