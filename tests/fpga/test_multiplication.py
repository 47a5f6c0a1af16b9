"""Multiplications made of logic: they multiply, and are small."""

import re
from pathlib import Path

import pytest

from celosia.fpga.families.family import Step
from celosia.fpga.multipliers import MULTIPLICATION_FILE, MULTIPLICATION_VERILOG
from celosia.fpga.tools import run

#: Operands small enough for a proof in a second; one digit and several, odd and even widths, truncated and extended.
SHAPES = [
    (5, 7, "signed", 12),
    (7, 4, "signed", 9),
    (4, 6, "", 10),
    (3, 5, "", 11),
    (1, 3, "", 4),
    (2, 1, "signed", 3),
    (2, 2, "signed", 4),
]


def yosys(folder: Path, verilog: str, script: str) -> str:
    """Run yosys; return its log."""
    (folder / "design.v").write_text(verilog)
    (folder / MULTIPLICATION_FILE).write_text(MULTIPLICATION_VERILOG)
    run(Step("test", "yosys", ["-q", "-l", "log", "-p", f"read_verilog design.v; proc; {script}"]), folder)
    return (folder / "log").read_text()


@pytest.mark.parametrize(("a", "b", "sign", "y"), SHAPES)
def test_product(a: int, b: int, sign: str, y: int, tmp_path: Path) -> None:
    ports = f"input {sign} [{a - 1}:0] a, input {sign} [{b - 1}:0] b, output {sign} [{y - 1}:0] y"
    modules = "".join(f"module {name}({ports}); assign y = a * b; endmodule\n" for name in ("gold", "gate"))
    log = yosys(
        tmp_path,
        modules,
        "cd gate; chtype -set $__celosia_multiplication t:$mul;"
        f" techmap -autoproc -map {MULTIPLICATION_FILE}; techmap; cd ..;"
        " miter -equiv -make_assert -flatten gold gate miter; sat -prove-asserts miter",
    )
    assert "no model found: SUCCESS!" in log


def test_bytes_take_a_hundred_cells(tmp_path: Path) -> None:
    log = yosys(
        tmp_path,
        "module top(input signed [7:0] a, b, output signed [15:0] y); assign y = a * b; endmodule",
        "chtype -set $__celosia_multiplication t:$mul;"
        f" techmap -autoproc -map {MULTIPLICATION_FILE}; synth_lattice -family ecp5 -top top -noiopad; stat",
    )
    cells = {name: int(count) for count, name in re.findall(r"^ *(\d+) +(LUT4|CCU2C)$", log, re.MULTILINE)}
    assert cells["LUT4"] + 2 * cells["CCU2C"] <= 110
