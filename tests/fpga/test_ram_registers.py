"""Registers of block RAM: those behind it become its own, if they do just the same."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from celosia.fpga.families.ecp5 import ECP5
from celosia.fpga.families.family import Step
from celosia.fpga.ram_registers import absorb_registers
from celosia.fpga.tools import run

#: A memory of one block, of 9 bits, with a register behind it.
MEMORY = """
module top (
    input clk, enable, write, input [10:0] read_address, write_address, input [8:0] data, output reg [8:0] result
);
  (* no_rw_check *) reg [8:0] words [0:2047];
  reg [8:0] word;
  always @(posedge clk) begin
    if (write) words[write_address] <= data;
    if (enable) word <= words[read_address];
    result <= word;
  end
endmodule
"""


@pytest.fixture(scope="module")
def netlist(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The memory, as yosys makes it."""
    folder: Path = tmp_path_factory.mktemp("memory")
    (folder / "top.v").write_text(MEMORY)
    script = "read_verilog top.v; synth_lattice -family ecp5 -top top -noiopad; write_json top.json"
    run(Step("test", "yosys", ["-q", "-l", "log", "-p", script]), folder)
    made: dict[str, Any] = json.loads((folder / "top.json").read_text())
    return made


def cells(netlist: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [cell for cell in netlist["modules"]["top"]["cells"].values() if cell["type"] == kind]


def test_registers_become_the_block_s(netlist: dict[str, Any]) -> None:
    made = copy.deepcopy(netlist)
    assert len(cells(made, "TRELLIS_FF")) == 9
    assert ECP5.finish(made) == 9
    assert cells(made, "TRELLIS_FF") == []
    (ram,) = cells(made, "DP16KD")
    assert (ram["parameters"]["REGMODE_A"], ram["parameters"]["REGMODE_B"]) == ("NOREG", "OUTREG")
    assert ram["connections"]["OCEB"] == ["1"]
    result = made["modules"]["top"]["ports"]["result"]["bits"]
    assert [ram["connections"][f"DOB{i}"][0] for i in range(9)] == result
    assert absorb_registers(made) == 0


def _used_twice(made: dict[str, Any]) -> None:
    (ram,) = cells(made, "DP16KD")
    made["modules"]["top"]["ports"]["result"]["bits"] += ram["connections"]["DOB3"]


def _wide(made: dict[str, Any]) -> None:
    (ram,) = cells(made, "DP16KD")
    ram["parameters"]["DATA_WIDTH_A"] = ram["parameters"]["DATA_WIDTH_B"] = f"{36:032b}"


def _reset_of_the_block(made: dict[str, Any]) -> None:
    (ram,) = cells(made, "DP16KD")
    ram["connections"]["RSTB"] = [2]


def _register(**changes: dict[str, Any]) -> Any:
    def change(made: dict[str, Any]) -> None:
        for kind, values in changes.items():
            cells(made, "TRELLIS_FF")[4][kind].update(values)

    return change


@pytest.mark.parametrize(
    "change",
    [
        _used_twice,
        _wide,
        _reset_of_the_block,
        _register(parameters={"CEMUX": "CE"}),
        _register(parameters={"CLKMUX": "INV"}),
        _register(connections={"LSR": [2]}),
        _register(connections={"CLK": [3]}),
    ],
    ids=["used-twice", "wide", "reset-of-the-block", "enable", "edge", "reset", "clock"],
)
def test_what_stays(netlist: dict[str, Any], change: Any) -> None:
    """One register that differs, and the block has none."""
    made = copy.deepcopy(netlist)
    change(made)
    before = copy.deepcopy(made)
    assert absorb_registers(made) == 0
    assert made == before
