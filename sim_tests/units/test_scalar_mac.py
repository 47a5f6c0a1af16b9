# amaranth: UnusedElaboratable=no
"""Scalar MAC and dot product: registers and formats in simulation; and what they refuse."""

import pytest
from amaranth.hdl import ShapeLike, signed, unsigned

from celosia.rtl.mac.dot_product import DotProduct
from celosia.rtl.mac.operand import Bipolar
from celosia.rtl.mac.scalar import ScalarMac
from sim_tests.support import run_bench
from sim_tests.support.formats import bench_format


@pytest.mark.parametrize(
    ("operand_register", "accumulator_register", "latency"),
    [(False, False, 1), (False, True, 2), (True, False, 2), (True, True, 3)],
)
@pytest.mark.parametrize(
    ("weight_shape", "activation_shape", "accumulator_shape"),
    [
        (signed(8), signed(8), signed(32)),
        (signed(4), unsigned(8), signed(12)),
        (Bipolar, signed(3), signed(9)),
    ],
    ids=["8x8+32", "4x8+12", "bx3+9"],
)
def test_scalar_mac(
    weight_shape: ShapeLike,
    activation_shape: ShapeLike,
    accumulator_shape: ShapeLike,
    operand_register: bool,
    accumulator_register: bool,
    latency: int,
) -> None:
    """Every result is its equation's, in the cycle it is promised for."""
    mac = ScalarMac(
        weight_shape=weight_shape,
        activation_shape=activation_shape,
        accumulator_shape=accumulator_shape,
        operand_register=operand_register,
        accumulator_register=accumulator_register,
    )
    assert mac.latency == latency
    run_bench(
        mac,
        "sim_tests.units.bench_scalar_mac",
        cases=2,
        parameters={
            "weight": bench_format(mac.weight_shape),
            "activation": bench_format(mac.activation_shape),
            "accumulator": bench_format(mac.accumulator_shape),
            "addend_delay": mac.addend_delay,
            "latency": mac.latency,
        },
        simulator="icarus",
    )


@pytest.mark.parametrize(("length", "width", "latency"), [(1, 16, 1), (2, 17, 2), (3, 17, 3), (9, 19, 5)])
def test_dot_product_sizes(length: int, width: int, latency: int) -> None:
    """The sum is as wide as it must be; a level of the tree costs one cycle."""
    unit = DotProduct(length=length)
    assert unit.sum_shape == signed(width)
    assert unit.latency == latency


def test_refused() -> None:
    """Parameters that make no sense are named."""
    with pytest.raises(TypeError, match=r"^operand_register must be a bool, not 1$"):
        ScalarMac(operand_register=1)  # type: ignore[arg-type] # on purpose
    with pytest.raises(ValueError, match=r"^activation_shape must have at least one bit, not unsigned\(0\)$"):
        ScalarMac(activation_shape=unsigned(0))
    with pytest.raises(ValueError, match=r"^length must be positive, not 0$"):
        DotProduct(length=0)
