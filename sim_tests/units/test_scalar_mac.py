# amaranth: UnusedElaboratable=no
"""Scalar MAC and dot product: registers and formats in simulation; and what they refuse."""

import pytest
from amaranth.hdl import Shape, signed, unsigned

from celosia.rtl.mac.dot_product import DotProduct
from celosia.rtl.mac.scalar import ScalarMac
from sim_tests.support import run_bench


@pytest.mark.parametrize(
    ("operand_register", "accumulator_register", "latency"),
    [(False, False, 1), (False, True, 2), (True, False, 2), (True, True, 3)],
)
@pytest.mark.parametrize(
    ("weight_shape", "activation_shape", "accumulator_shape"),
    [(signed(8), signed(8), signed(32)), (signed(4), unsigned(8), signed(12))],
    ids=["8x8+32", "4x8+12"],
)
def test_scalar_mac(
    weight_shape: Shape,
    activation_shape: Shape,
    accumulator_shape: Shape,
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
            "weight": (mac.weight_shape.width, mac.weight_shape.signed),
            "activation": (mac.activation_shape.width, mac.activation_shape.signed),
            "accumulator": (mac.accumulator_shape.width, mac.accumulator_shape.signed),
            "addend_delay": mac.addend_delay,
            "latency": mac.latency,
        },
        simulator="icarus",
    )


@pytest.mark.parametrize(("length", "width", "latency"), [(1, 16, 1), (2, 17, 2), (3, 18, 3), (9, 20, 5)])
def test_dot_product_sizes(length: int, width: int, latency: int) -> None:
    """A level of the tree costs one bit and one cycle."""
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
