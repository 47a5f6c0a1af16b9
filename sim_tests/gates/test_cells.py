"""Cells of netlists: those without a model are refused, multipliers multiply."""

import pytest

from celosia.fpga.families.ecp5 import ECP5
from celosia.fpga.families.family import Family
from celosia.fpga.families.gowin import GOWIN
from celosia.fpga.families.ice40 import ICE40
from celosia.runtime.simulation import build, run
from sim_tests.gates.cells import UnknownCellError, cell_models, modules
from sim_tests.gates.netlist import synthesise


@pytest.mark.parametrize(
    ("family", "cell"),
    [(ECP5, "EHXPLLL"), (ICE40, "SB_PLL40_CORE"), (GOWIN, "rPLL"), (GOWIN, "MULTADDALU18X18")],
    ids=["EHXPLLL", "SB_PLL40_CORE", "rPLL", "MULTADDALU18X18"],
)
def test_unknown_cells_are_refused(family: Family, cell: str) -> None:
    """Also those of which yosys knows no more than their ports: their outputs would be zero."""
    message = rf"^the netlist for {family.name} holds cells without a model: {cell}, unknown$"
    with pytest.raises(UnknownCellError, match=message):
        cell_models(family, ["unknown", cell])


def test_unknown_cells_of_a_netlist_are_refused() -> None:
    """A black box that synthesis leaves as it is."""
    design = (
        "(* blackbox *) module box (input a, output b); endmodule\n"
        "module top (input a, c, output b, d); box inner (.a(a), .b(b)); assign d = a & c; endmodule\n"
    )
    netlist = synthesise(design, ECP5)
    assert netlist.cells["box"] == 1
    with pytest.raises(UnknownCellError, match=r"without a model: box$"):
        netlist.simulated()


def test_models_come_with_what_they_consist_of() -> None:
    """And nothing else."""
    assert modules(cell_models(ECP5, ["CCU2C"])).keys() == {"CCU2C", "LUT4", "LUT2"}
    assert modules(cell_models(GOWIN, ["SDPB"])).keys() == {"SDPB", "celosia_block_ram"}


@pytest.mark.parametrize(
    ("cell", "width", "instance"),
    [
        (
            "MULT18X18",
            18,
            "(.A(a), .B(b), .ASIGN(a_signed), .BSIGN(b_signed), .ASEL(1'b0), .BSEL(1'b0), .DOUT(product))",
        ),
        ("MULT36X36", 36, "(.A(a), .B(b), .ASIGN(a_signed), .BSIGN(b_signed), .DOUT(product))"),
        (
            "MULT18X18D",
            18,
            "(.SOURCEA(1'b0), .SOURCEB(1'b0), .SIGNEDA(a_signed), .SIGNEDB(b_signed), "
            + ", ".join(f".A{i}(a[{i}]), .B{i}(b[{i}])" for i in range(18))
            + ", "
            + ", ".join(f".P{i}(product[{i}])" for i in range(36))
            + ")",
        ),
    ],
    ids=["MULT18X18", "MULT36X36", "MULT18X18D"],
)
def test_multiplier(cell: str, width: int, instance: str) -> None:
    """As synthesis uses it, without registers."""
    family = ECP5 if cell == "MULT18X18D" else GOWIN
    top = (
        f"module top (input [{width - 1}:0] a, b, input a_signed, b_signed, output [{2 * width - 1}:0] product);\n"
        f"{cell} block {instance};\nendmodule\n"
    )
    built = build(top + cell_models(family, [cell]), simulator="icarus")
    run(built, "sim_tests.gates.bench_multiplier", cases=1, parameters={"width": width}, timeout=60)
