"""A board's design after synthesis for ECP5, cell by cell: the bundled network through its serial line."""

import pytest

from celosia.cli import digits
from celosia.fpga.families.ecp5 import ECP5
from celosia.fpga.simulation import SimulatedBoard
from celosia.fpga.simulation.design import board_verilog
from celosia.generators.presets import PRESETS
from celosia.rtl.config import AcceleratorConfig
from sim_tests.gates.netlist import synthesise
from sim_tests.test_simulated_board import run_network, serving

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


@pytest.mark.slow
def test_netlist_runs_the_network(seed: int) -> None:
    """Block RAMs and multipliers are where they should be, and every output is right."""
    netlist = synthesise(board_verilog(CONFIG), ECP5, top="board")
    assert netlist.cells["DP16KD"] >= 10
    assert netlist.cells["MULT18X18D"] >= CONFIG.macs_per_cycle
    with serving(SimulatedBoard(CONFIG, verilog=netlist.simulated())) as board:
        run_network(board, digits.model_path(), seed, 2, CONFIG)
