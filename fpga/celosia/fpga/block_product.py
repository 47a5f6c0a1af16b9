"""Products on multiplier blocks that a design instantiates, and the logic that can take a block's place."""

import re
from dataclasses import dataclass
from importlib import resources

#: Verilog of a product made of logic, for the folder in which synthesis runs.
BLOCK_PRODUCT_FILE = "block_product.v"
BLOCK_PRODUCT_VERILOG = (
    resources.files("celosia.fpga").joinpath(BLOCK_PRODUCT_FILE).read_text(encoding="utf-8")
)

_BLOCK = re.compile(r"^  cell \\MULT18X18D (?P<name>\S+)\n(?P<body>(?:    .*\n)*)  end\n", flags=re.MULTILINE)
_PARAMETER = re.compile(r"^    parameter \\(?P<name>\S+) (?P<value>.*)$", flags=re.MULTILINE)
_CONNECTION = re.compile(r"^    connect \\(?P<name>\S+) (?P<value>.*)$", flags=re.MULTILINE)
_OPERAND_BITS = 18
#: What the logic knows only this value of.
_ALWAYS = {"SIGNEDA": "1'1", "SIGNEDB": "1'1", "CE0": "1'1", "RST0": "1'0"}


@dataclass(frozen=True)
class BlockProduct:
    """One instance of a MULT18X18D in a netlist that logic can replace.

    Attributes
    ----------
    position, end
        Where its cell begins and ends in the text.
    widths
        Bits of its operands, without those that repeat the sign.
    logic
        The cell that replaces it, an instance of the module in :data:`BLOCK_PRODUCT_VERILOG`.
    """

    position: int
    end: int
    widths: tuple[int, int]
    logic: str

    def blocks(self, block: tuple[int, int]) -> int:
        """Multiplier blocks that it takes."""
        return 1

    @property
    def size(self) -> int:
        """About as many logic cells as it takes without a block."""
        return self.widths[0] * self.widths[1]


def block_products(netlist: str) -> list[BlockProduct]:
    """All instances in a netlist of yosys's language, as Amaranth writes it, that logic can replace."""
    found = []
    for match in _BLOCK.finditer(netlist):
        pins = dict(_CONNECTION.findall(match["body"]))
        if any(pins.get(name) != value for name, value in _ALWAYS.items()):
            continue
        operands = [_operand(pins, name) for name in "AB"]
        a_bits, b_bits = map(len, operands)
        product = [pins.get(f"P{i}", "") for i in range(a_bits + b_bits)]
        if not all(product):
            continue
        parameters = dict(_PARAMETER.findall(match["body"]))
        held = {
            "INPUT": "REG_INPUTA_CLK",
            "PIPELINE": "REG_PIPELINE_CLK",
            "OUTPUT": "REG_OUTPUT_CLK",
        }
        lines = [
            f"  cell \\celosia_block_product {match['name']}",
            f"    parameter \\A_BITS {a_bits}",
            f"    parameter \\B_BITS {b_bits}",
            *(f"    parameter \\HAS_{name} {int(register in parameters)}" for name, register in held.items()),
            f"    connect \\clk {pins['CLK0']}",
            *(
                f"    connect \\{name} {{ {' '.join(reversed(bits))} }}"
                for name, bits in (("a", operands[0]), ("b", operands[1]), ("product", product))
            ),
            "  end\n",
        ]
        found.append(BlockProduct(match.start(), match.end(), (a_bits, b_bits), "\n".join(lines)))
    return found


def _operand(pins: dict[str, str], name: str) -> list[str]:
    """What an operand's pins are connected to, up to the last one that does not repeat the sign."""
    bits = [pins[f"{name}{i}"] for i in range(_OPERAND_BITS)]
    while len(bits) > 1 and bits[-1] == bits[-2]:
        bits.pop()
    return bits
