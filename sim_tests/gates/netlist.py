"""From a design's Verilog to that of its cells after synthesis, as a board's build makes them."""

import json
from dataclasses import dataclass
from pathlib import Path

from celosia.fpga import ram_registers
from celosia.fpga.families.ecp5 import ECP5
from celosia.fpga.families.family import Family, Step
from celosia.fpga.families.gowin import GOWIN
from celosia.fpga.families.ice40 import ICE40
from celosia.fpga.multipliers import SYNTHESIS_FILES
from celosia.fpga.tools import find, run
from celosia.runtime.simulation import cached
from sim_tests.gates.cells import cell_models

FAMILIES: dict[str, Family] = {"ecp5": ECP5, "ice40": ICE40, "gowin": GOWIN}


@dataclass(frozen=True)
class Netlist:
    """A synthesised design.

    Attributes
    ----------
    family
        What it is made for.
    verilog
        One module, of the design's name and with its ports, of instances of the family's cells.
    cells
        How many there are of each kind.
    """

    family: Family
    verilog: str
    cells: dict[str, int]

    def simulated(self) -> str:
        """The netlist with a model of each kind of cell; raises ``UnknownCellError`` if one has none."""
        return self.verilog + cell_models(self.family, self.cells)


def synthesise(verilog: str, family: Family, *, top: str = "top") -> Netlist:
    """Synthesise the module ``top`` and all that it holds, or find the result in the user's cache.

    Raises ``BuildError`` if yosys refuses the design, ``EnvironmentProblem`` if it is missing.
    """
    after = (
        "delete t:$scopeinfo",
        *([] if top == "top" else [f"rename top {top}"]),
        "tee -q -o cells.json stat -json",
        "write_verilog -noattr netlist.v",
    )
    script = (
        "read_verilog -DSYNTHESIS design.v",
        *([] if top == "top" else [f"rename {top} top"]),
        *family.synthesis(),
        *after,
    )

    def produce(folder: Path) -> None:
        def yosys(*commands: str) -> None:
            run(Step("synthesis", "yosys", ["-q", "-l", "synthesis.log", "-p", "; ".join(commands)]), folder)

        (folder / "design.v").write_text(verilog, encoding="utf-8")
        for name, text in SYNTHESIS_FILES.items():
            (folder / name).write_text(text, encoding="utf-8")
        yosys(*script)
        made = json.loads((folder / "top.json").read_text(encoding="utf-8"))
        if family.finish(made):
            (folder / "top.json").write_text(json.dumps(made), encoding="utf-8")
            yosys("read_json top.json", *after)
        (folder / "top.json").unlink()

    finish = Path(ram_registers.__file__).read_text(encoding="utf-8")
    folder = cached(
        "netlists", (find("yosys").version, *script, finish, *SYNTHESIS_FILES.values(), verilog), produce
    )
    statistics = json.loads((folder / "cells.json").read_text(encoding="utf-8"))
    return Netlist(
        family, (folder / "netlist.v").read_text(encoding="utf-8"), statistics["design"]["num_cells_by_type"]
    )
