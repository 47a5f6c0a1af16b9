"""A processing element's netlist is proven to do what its RTL does, for every input in every cycle."""

import re
from functools import cache

import pytest
from amaranth.hdl import signed

from celosia.generators.verilog import emit
from celosia.rtl.array.row import ProcessingElementRow
from celosia.rtl.mac.products import Multiplier
from sim_tests.gates.equivalence import NotEquivalentError, prove_equivalent
from sim_tests.gates.netlist import FAMILIES, Netlist, synthesise

#: What multiplies, in which family, how many columns a PE has: a block may serve two.
ELEMENTS = [
    *(
        # For iCE40, yosys moves the operands' registers into the block, so that nothing is left to compare them with.
        pytest.param(Multiplier.INFERRED, family, 1, marks=pytest.mark.slow)
        for family in ("ecp5", "gowin")
    ),
    (Multiplier.ECP5, "ecp5", 1),
    (Multiplier.ECP5_PACKED, "ecp5", 2),
    (Multiplier.ICE40, "ice40", 2),
    (Multiplier.GOWIN, "gowin", 1),
]


@cache
def element(multiplier: Multiplier, family: str, columns: int) -> tuple[str, Netlist]:
    """RTL and netlist of a PE with bytes as operands."""
    unit = ProcessingElementRow(
        cols=columns, pe_cols=columns, accumulator_shape=signed(20), multiplier=multiplier
    )
    verilog = emit(unit, "top")
    return verilog, synthesise(verilog, FAMILIES[family])


@pytest.mark.parametrize(("multiplier", "family", "columns"), ELEMENTS, ids=str)
def test_processing_element(multiplier: Multiplier, family: str, columns: int) -> None:
    """Operands, both weights, products and sums: at least all their registers are compared."""
    pairs = prove_equivalent(*element(multiplier, family, columns))
    assert pairs >= 8 + columns * (8 + 8 + 20)


def test_wrong_netlist_is_noticed() -> None:
    """One look-up table of the adders is inverted."""
    verilog, netlist = element(Multiplier.ICE40, "ice40", 2)
    tables = list(re.finditer(r"\.LUT_INIT\(16'h6996\)", netlist.verilog))
    assert len(tables) >= 2 * 18
    place = tables[7]
    wrong = netlist.verilog[: place.start()] + ".LUT_INIT(16'h9669)" + netlist.verilog[place.end() :]
    with pytest.raises(NotEquivalentError, match=r"psums_out"):
        prove_equivalent(verilog, Netlist(netlist.family, wrong, netlist.cells))


def test_box_with_other_parameters_is_noticed() -> None:
    """A multiplier block lacks its operands' registers."""
    verilog, netlist = element(Multiplier.ICE40, "ice40", 2)
    assert netlist.verilog.count(".A_REG(1'h1)") == 1
    wrong = netlist.verilog.replace(".A_REG(1'h1)", ".A_REG(1'h0)")
    with pytest.raises(NotEquivalentError, match=r"^SB_MAC16 has other parameters in the netlist$"):
        prove_equivalent(verilog, Netlist(netlist.family, wrong, netlist.cells))
