"""Arrays whose tiles have modes, bit-serial and precision-scalable: sizes and signs."""

from typing import Any

import pytest
from amaranth.hdl import Shape, signed, unsigned

from celosia.generators.verilog import emit
from celosia.rtl.array.array_mac import ArrayMac
from celosia.rtl.array.input_stationary import InputStationaryArray
from celosia.rtl.array.output_stationary import OutputStationaryArray
from celosia.rtl.array.product_array import ProductArray
from celosia.rtl.array.weight_stationary import WeightStationaryArray
from sim_tests.support import run_bench
from sim_tests.support.array_modes import lane_formats, mode_parameters, modes
from sim_tests.support.formats import bench_format, identifier

DATAFLOWS = [
    ("weight_stationary", WeightStationaryArray),
    ("input_stationary", InputStationaryArray),
    ("output_stationary", OutputStationaryArray),
]


def _simulate(array: ProductArray, dataflow: str) -> None:
    run_bench(
        array,
        "sim_tests.units.bench_array_modes",
        cases=3,
        parameters={
            "dataflow": dataflow,
            "rows": array.rows,
            "cols": array.cols,
            "accumulator": bench_format(array.accumulator_shape),
            "latency": array.latency,
            "modes": [mode_parameters(array, mode) for mode in modes(array)],
            **lane_formats(array),
        },
        simulator="icarus",
    )


@pytest.mark.parametrize(("dataflow", "kind"), DATAFLOWS, ids=[name for name, _ in DATAFLOWS])
@pytest.mark.parametrize(
    ("rows", "cols", "weight", "activation"),
    [(1, 1, signed(8), signed(8)), (3, 2, signed(8), unsigned(8))],
    ids=identifier,
)
def test_precision_scalable(
    dataflow: str, kind: Any, rows: int, cols: int, weight: Shape, activation: Shape
) -> None:
    """All precisions, one after another."""
    array = kind(
        rows=rows,
        cols=cols,
        mac=ArrayMac.PRECISION_SCALABLE,
        weight_shape=weight,
        activation_shape=activation,
        accumulator_shape=signed(24),
    )
    _simulate(array, dataflow)


@pytest.mark.parametrize(("dataflow", "kind"), DATAFLOWS, ids=[name for name, _ in DATAFLOWS])
@pytest.mark.parametrize(
    ("rows", "cols", "weight", "activation", "accumulator"),
    [
        (1, 1, signed(1), unsigned(1), signed(8)),
        (3, 2, signed(4), unsigned(5), signed(24)),
        (2, 3, unsigned(3), signed(4), signed(5)),
        (5, 1, signed(6), signed(3), unsigned(20)),
    ],
    ids=identifier,
)
def test_bit_serial(
    dataflow: str, kind: Any, rows: int, cols: int, weight: Shape, activation: Shape, accumulator: Shape
) -> None:
    """Operands of all widths, one after another; accumulators that hold no plane, or wrap."""
    array = kind(
        rows=rows,
        cols=cols,
        mac=ArrayMac.BIT_SERIAL,
        weight_shape=weight,
        activation_shape=activation,
        accumulator_shape=accumulator,
    )
    _simulate(array, dataflow)


@pytest.mark.parametrize(("dataflow", "kind"), DATAFLOWS, ids=[name for name, _ in DATAFLOWS])
def test_only_parallel_arrays_have_multipliers(dataflow: str, kind: Any) -> None:
    """Not even of two bits, for which synthesis tools take a multiplier block."""
    assert {mac: " * " in emit(kind(rows=2, cols=2, mac=mac), dataflow) for mac in ArrayMac} == {
        ArrayMac.PARALLEL: True,
        ArrayMac.BIT_SERIAL: False,
        ArrayMac.PRECISION_SCALABLE: False,
    }
