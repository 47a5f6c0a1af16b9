"""Scalar and vector MAC, matrix-vector and matrix-matrix unit: sizes, formats, registers; and what they refuse."""

from typing import Any

import pytest
from amaranth.hdl import ShapeLike, signed, unsigned

from celosia.rtl.mac.dot_product import DotProduct
from celosia.rtl.mac.matrix_matrix import MatrixMatrixUnit
from celosia.rtl.mac.matrix_vector import MatrixVectorUnit
from celosia.rtl.mac.operand import Bipolar, shape_between, sum_limits
from celosia.rtl.mac.product_unit import ProductUnit
from celosia.rtl.mac.scalar import ScalarMac
from celosia.rtl.mac.vector_mac import VectorMac
from sim_tests.support import run_bench
from sim_tests.support.formats import bench_format, identifier

FORMATS = [
    (signed(8), signed(8)),
    (signed(4), signed(8)),
    (unsigned(8), signed(5)),
    (unsigned(1), unsigned(1)),
    (signed(1), signed(16)),
    (signed(16), unsigned(16)),
    (Bipolar, Bipolar),
    (Bipolar, signed(8)),
    (unsigned(3), Bipolar),
]


def _run(unit: ProductUnit, size: tuple[int, int, int]) -> None:
    core = unit.core
    run_bench(
        unit,
        "sim_tests.units.bench_product_units",
        cases=3,
        parameters={
            **dict(zip(("vectors", "rows", "cols"), size, strict=True)),
            "weight": bench_format(core.weight_shape),
            "activation": bench_format(core.activation_shape),
            "accumulator": bench_format(core.accumulator_shape),
            "latency": unit.latency,
        },
        simulator="icarus",
    )


def _accumulator(weight: Any, activation: Any, products: int) -> Any:
    """The narrowest accumulator that is allowed."""
    return shape_between(sum_limits(weight, activation, products))


#: Every format with several products; one product, and gating, where they could matter.
VECTOR_MACS = [
    *((5, False, *formats) for formats in FORMATS),
    *((1, False, *formats) for formats in (FORMATS[0], FORMATS[3], FORMATS[6], FORMATS[7])),
    *((3, True, *formats) for formats in (FORMATS[0], FORMATS[2], FORMATS[3], FORMATS[8])),
    (1, True, *FORMATS[4]),
]


@pytest.mark.parametrize(("length", "zero_gating", "weight", "activation"), VECTOR_MACS, ids=identifier)
def test_vector_mac(weight: ShapeLike, activation: ShapeLike, length: int, zero_gating: bool) -> None:
    """All formats, with the narrowest accumulator."""
    unit = VectorMac(
        length=length,
        weight_shape=weight,
        activation_shape=activation,
        accumulator_shape=_accumulator(weight, activation, length),
        zero_gating=zero_gating,
    )
    assert unit.latency == 3 + (length - 1).bit_length()
    _run(unit, (1, length, 1))


@pytest.mark.parametrize(
    ("operand_register", "accumulator_register", "zero_gating", "latency"),
    [(False, False, False, 1), (False, True, False, 2), (True, False, True, 2), (True, True, False, 3)],
)
def test_scalar_mac(
    operand_register: bool, accumulator_register: bool, zero_gating: bool, latency: int
) -> None:
    """Every choice of registers."""
    unit = ScalarMac(
        weight_shape=signed(4),
        activation_shape=unsigned(8),
        accumulator_shape=signed(13),
        operand_register=operand_register,
        accumulator_register=accumulator_register,
        zero_gating=zero_gating,
    )
    assert unit.latency == latency
    _run(unit, (1, 1, 1))


@pytest.mark.parametrize(("length", "width", "latency"), [(1, 16, 1), (2, 17, 2), (3, 17, 3), (9, 19, 5)])
def test_dot_product_sizes(length: int, width: int, latency: int) -> None:
    """The sum is as wide as it must be; a level of the tree costs one cycle."""
    unit = DotProduct(length=length)
    assert unit.sum_shape == signed(width)
    assert unit.latency == latency


@pytest.mark.parametrize(
    ("rows", "cols", "weight", "zero_gating"),
    [(1, 1, signed(8), False), (3, 2, signed(4), True), (4, 5, Bipolar, False)],
    ids=identifier,
)
def test_matrix_vector(rows: int, cols: int, weight: ShapeLike, zero_gating: bool) -> None:
    """Operands of every column, with an accumulator for two operations."""
    unit = MatrixVectorUnit(
        rows=rows,
        cols=cols,
        weight_shape=weight,
        accumulator_shape=_accumulator(weight, signed(8), 2 * rows),
        accumulations=2,
        zero_gating=zero_gating,
    )
    _run(unit, (1, rows, cols))


@pytest.mark.parametrize(
    ("size", "activation", "zero_gating"),
    [((1, 1, 1), signed(8), True), ((2, 3, 2), unsigned(8), False), ((3, 2, 4), signed(4), True)],
    ids=identifier,
)
def test_matrix_matrix(size: tuple[int, int, int], activation: ShapeLike, zero_gating: bool) -> None:
    """Operands of every result."""
    vectors, rows, cols = size
    unit = MatrixMatrixUnit(
        vectors=vectors,
        rows=rows,
        cols=cols,
        activation_shape=activation,
        accumulator_shape=_accumulator(signed(8), activation, rows),
        zero_gating=zero_gating,
    )
    _run(unit, size)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"length": 0}, r"^length must be positive, not 0$"),
        ({"length": 2, "accumulations": 0}, r"^accumulations must be positive, not 0$"),
        (
            {"length": 2, "accumulator_shape": signed(16)},
            r"^accumulator_shape must hold -32512 to 32768, which 2 products reach, not signed\(16\)$",
        ),
        (
            {"length": 2, "accumulations": 5, "accumulator_shape": unsigned(32)},
            r"^accumulator_shape must hold -162560 to 163840, which 10 products reach, not unsigned\(32\)$",
        ),
    ],
)
def test_refused(given: Any, message: str) -> None:
    """Sizes that make no sense, and accumulators that could overflow, are named."""
    with pytest.raises(ValueError, match=message):
        VectorMac(**given)


def test_bipolar_operands_have_no_zero() -> None:
    """Nothing to gate is an error, not a parameter without effect."""
    with pytest.raises(ValueError, match=r"^zero_gating must be False, not True: Bipolar operands"):
        VectorMac(length=1, weight_shape=Bipolar, activation_shape=Bipolar, zero_gating=True)


def test_gating_takes_a_register() -> None:
    """There must be something to hold the operands in."""
    with pytest.raises(ValueError, match=r"^operand_register must be True, not False: zero_gating holds"):
        ScalarMac(operand_register=False, zero_gating=True)


def test_refused_types() -> None:
    """Parameters of the wrong kind are named."""
    with pytest.raises(TypeError, match=r"^length must be an integer, not 2\.0$"):
        VectorMac(length=2.0)  # type: ignore[arg-type] # on purpose
    with pytest.raises(TypeError, match=r"^accumulator_register must be a bool, not 0$"):
        ScalarMac(accumulator_register=0)  # type: ignore[arg-type] # on purpose
    with pytest.raises(ValueError, match=r"^activation_shape must have at least one bit, not unsigned\(0\)$"):
        ScalarMac(activation_shape=unsigned(0))
    with pytest.raises(TypeError, match=r"^zero_gating must be a bool, not 1$"):
        MatrixVectorUnit(rows=2, cols=2, zero_gating=1)  # type: ignore[arg-type] # on purpose
    with pytest.raises(TypeError, match=r"^weight_shape must be an integer shape, not 'b1'$"):
        MatrixMatrixUnit(vectors=1, rows=2, cols=2, weight_shape="b1")
