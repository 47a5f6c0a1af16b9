"""Makes a design's multiplications fit the FPGA: what its multiplier blocks cannot hold is made of logic."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from celosia.fpga.block_product import BLOCK_PRODUCT_FILE, BLOCK_PRODUCT_VERILOG, BlockProduct, block_products

#: Verilog of a multiplication made of logic, for the folder in which synthesis runs.
MULTIPLICATION_FILE = "multiplication.v"
MULTIPLICATION_VERILOG = (
    resources.files("celosia.fpga").joinpath(MULTIPLICATION_FILE).read_text(encoding="utf-8")
)
#: All files that synthesis reads, by name.
SYNTHESIS_FILES = {MULTIPLICATION_FILE: MULTIPLICATION_VERILOG, BLOCK_PRODUCT_FILE: BLOCK_PRODUCT_VERILOG}
#: Attribute of a multiplication that synthesis must not put into a block.
SOFT = "celosia_soft"

_MULTIPLICATION = re.compile(
    r"^  cell \$mul (?P<name>\S+)\n"
    r"    parameter \\A_SIGNED (?P<a_signed>\d+)\n"
    r"    parameter \\B_SIGNED (?P<b_signed>\d+)\n"
    r"    parameter \\A_WIDTH (?P<a_width>\d+)\n"
    r"    parameter \\B_WIDTH (?P<b_width>\d+)\n"
    r"    parameter \\Y_WIDTH \d+\n"
    r"    connect \\A (?P<a>.*)\n"
    r"    connect \\B (?P<b>.*)\n",
    flags=re.MULTILINE,
)
_CONSTANT = re.compile(r"\d+'[01]+")


@dataclass(frozen=True)
class Multiplication:
    """One multiplication of two variables in a netlist.

    Attributes
    ----------
    position
        Where its cell begins in the text.
    widths
        Bits of its operands.
    signed
        Whether they are signed.
    """

    position: int
    widths: tuple[int, int]
    signed: bool

    def blocks(self, block: tuple[int, int]) -> int:
        """Multiplier blocks with operands of ``block`` bits that it takes, cut into parts."""
        # Synthesis makes a part of a single bit that is left over from logic. A sign is in every part.
        sign = int(self.signed)
        parts = [
            max(1, -(-(width - sign - 1) // (most - sign)))
            for width, most in zip(sorted(self.widths), sorted(block), strict=True)
        ]
        return parts[0] * parts[1]

    @property
    def size(self) -> int:
        """About as many logic cells as it takes without a block."""
        return self.widths[0] * self.widths[1]


def multiplications(netlist: str) -> list[Multiplication]:
    """All multiplications of two variables in a netlist of yosys's language, as Amaranth writes it."""
    return [
        Multiplication(
            position=match.start(),
            widths=(int(match["a_width"]), int(match["b_width"])),
            signed=match["a_signed"] == "1",
        )
        for match in _MULTIPLICATION.finditer(netlist)
        if not (_CONSTANT.fullmatch(match["a"]) or _CONSTANT.fullmatch(match["b"]))
    ]


def fit(netlist: str, *, available: int, block: tuple[int, int], instances: Sequence[str]) -> tuple[str, int]:
    """Turn so many multiplications into logic that the others fit ``available`` blocks; the smallest first.

    Parameters
    ----------
    netlist : str
        The design.
    available : int
        Multiplier blocks of the FPGA.
    block : (int, int)
        Bits of a block's operands.
    instances : Sequence[str]
        Cell types of blocks that the design instantiates itself; those that
        :func:`~celosia.fpga.block_product.block_products` finds can become logic too.

    Returns
    -------
    netlist : str
        With the attribute :data:`SOFT` on multiplications, and other cells for blocks.
    moved : int
        How many of both there are.
    """
    instantiated = block_products(netlist)
    available += len(instantiated)
    for instance in instances:
        available -= len(re.findall(rf"^  cell \\{re.escape(instance)} ", netlist, flags=re.MULTILINE))
    candidates: list[Multiplication | BlockProduct] = [*multiplications(netlist), *instantiated]
    needed = sum(each.blocks(block) for each in candidates)
    moved: list[Multiplication | BlockProduct] = []
    for each in sorted(candidates, key=lambda each: each.size):
        if needed <= available:
            break
        needed -= each.blocks(block)
        moved.append(each)
    pieces, done = [], 0
    for each in sorted(moved, key=lambda each: each.position):
        pieces.append(netlist[done : each.position])
        if isinstance(each, BlockProduct):
            pieces.append(each.logic)
            done = each.end
        else:
            pieces.append(f"  attribute \\{SOFT} 1\n")
            done = each.position
    return "".join([*pieces, netlist[done:]]), len(moved)
