"""Prove that a netlist does what its RTL does, with yosys's SAT solver."""

import re
import subprocess
import tempfile
from pathlib import Path

from celosia.fpga.tools import find
from celosia.rtl.primitives import MODELS, model_verilog
from celosia.runtime.simulation import EnvironmentProblem
from sim_tests.gates.cells import cell_models
from sim_tests.gates.netlist import Netlist

TIMEOUT_SECONDS = 600

#: Multiplications get the width of their operands, so that those of both sides can be recognised as the same.
READ = (
    "read_verilog -lib -nosynthesis boxes.v; read_verilog {0}.v;"
    " hierarchy -check -top top; proc; flatten; async2sync; opt -full; wreduce; opt -full"
)

#: Pairs of registers and outputs of one name are proven equal, first by structure, then by induction over 4 cycles.
#: With ``-undef``, which is for undefined values, yosys proves anything about what comes out of a box.
PROVE = (
    "equiv_make gold gate equiv; hierarchy -top equiv; equiv_struct -icells;"
    " equiv_simple -ignore-unknown-cells -seq 3;"
    " equiv_induct -ignore-unknown-cells -seq 4; equiv_status -assert"
)


class NotEquivalentError(AssertionError):
    """A pair of signals may differ, or nobody could prove that it does not; the text names all such pairs."""


def settings(box: str, verilog: str) -> set[frozenset[tuple[str, int | str]]]:
    """The different sets of parameters that instances of a box have, numbers without their widths."""
    instances = re.findall(rf"^  {box} #\((.*?)\n  \) ", verilog, re.M | re.S)
    return {
        frozenset(
            (name, int(digits, {"h": 16, "d": 10, "b": 2}[base]) if base else text)
            for name, text, base, digits in re.findall(
                r"\.(\w+)\((\"[^\"]*\"|\d+'s?([hdb])(\w+))\)", instance
            )
        )
        for instance in instances
    }


def prove_equivalent(verilog: str, netlist: Netlist) -> int:
    """Prove that the module ``top`` of an RTL design and its netlist are the same; how many pairs of signals are.

    Hard blocks that the design instantiates are boxes, whose inputs must be the same on both sides; those that yosys
    finds are proven to compute what they were found for.

    Raises
    ------
    NotEquivalentError
        If anything is not proven.
    EnvironmentProblem
        If yosys could not try.
    """
    boxes = [name for name in MODELS if model_verilog(name) in verilog]
    for name in boxes:
        # Yosys compares boxes by their inputs alone.
        if settings(name, verilog) != settings(name, netlist.verilog):
            raise NotEquivalentError(f"{name} has other parameters in the netlist")
    models = cell_models(netlist.family, netlist.cells.keys() - set(boxes))
    # What is only for synthesis, or only for simulation, is so by the macro that yosys defines, and that hides models.
    models = models.replace("`ifndef SYNTHESIS", "`ifdef SYNTHESIS")
    script = "; ".join(
        (
            *(f"{READ.format(side)}; rename top {side}; design -stash {side}" for side in ("gold", "gate")),
            *(f"design -copy-from {side} -as {side} {side}" for side in ("gold", "gate")),
            PROVE,
        )
    )
    with tempfile.TemporaryDirectory(prefix="celosia-proof-") as folder:
        (Path(folder) / "boxes.v").write_text("".join(map(model_verilog, boxes)), encoding="utf-8")
        (Path(folder) / "gold.v").write_text(verilog, encoding="utf-8")
        (Path(folder) / "gate.v").write_text(netlist.verilog + models, encoding="utf-8")
        finished = subprocess.run(
            [*find("yosys").command, "-p", script],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    lines = (finished.stdout + finished.stderr).splitlines()
    pairs = [line for line in lines if line.startswith("Found ") and line.endswith(" $equiv cells in equiv:")]
    if len(pairs) != 1:
        raise EnvironmentProblem("yosys could not try the proof:\n" + "\n".join(lines[-20:]))
    if finished.returncode:
        raise NotEquivalentError("\n".join(line for line in lines if "Unproven $equiv" in line))
    return int(pairs[0].split()[1])
