"""Dot product: lengths and formats."""

import pytest
from amaranth.hdl import ShapeLike, signed, unsigned

from celosia.rtl.mac.dot_product import DotProduct
from celosia.rtl.mac.operand import Bipolar
from sim_tests.support import run_bench
from sim_tests.support.formats import bench_format, identifier


@pytest.mark.parametrize(
    ("length", "weight", "activation", "zero_gating"),
    [
        (5, signed(8), unsigned(8), False),
        (1, signed(4), signed(8), True),
        (7, Bipolar, Bipolar, False),
        (3, Bipolar, signed(8), True),
    ],
    ids=identifier,
)
def test_dot_product(length: int, weight: ShapeLike, activation: ShapeLike, zero_gating: bool) -> None:
    """Sums of random and extreme operands, in the cycle promised."""
    unit = DotProduct(
        length=length, weight_shape=weight, activation_shape=activation, zero_gating=zero_gating
    )
    run_bench(
        unit,
        "sim_tests.units.bench_dot_product",
        cases=1,
        parameters={
            "length": length,
            "latency": unit.latency,
            "weight": bench_format(unit.weight_shape),
            "activation": bench_format(unit.activation_shape),
            "sum": bench_format(unit.sum_shape),
        },
        simulator="icarus",
    )
