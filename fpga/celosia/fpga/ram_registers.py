"""The output registers of ECP5's block RAM, which yosys does not use.

A block without them takes 5.8 ns from the clock to its data, one with them 1 ns. Where registers follow all outputs of
a port and nothing else does, they become the block's.
"""

from collections import defaultdict
from typing import Any

#: Parameters of a register that does what a block's does: always enabled, on the rising edge, without a reset.
_PLAIN = {"CEMUX": "1", "CLKMUX": "CLK", "GSR": "DISABLED"}
#: Wider words take the pins of both ports; whose registers they pass is not documented.
_WIDEST = 18

Cells = dict[str, Any]


def absorb_registers(netlist: dict[str, Any]) -> int:
    """Change a netlist, of one module ``top``, as yosys writes it in JSON; return how many registers are gone."""
    module = netlist["modules"]["top"]
    cells: Cells = module["cells"]
    users: defaultdict[int, list[str]] = defaultdict(list)
    for name, cell in cells.items():
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] != "output":
                for bit in bits:
                    users[bit].append(name)
    for port in module["ports"].values():
        for bit in port["bits"]:
            users[bit].append("")

    absorbed = 0
    for ram in [cell for cell in cells.values() if cell["type"] == "DP16KD"]:
        widths = [int(ram["parameters"][f"DATA_WIDTH_{side}"], 2) for side in "AB"]
        for side in "AB":
            pins = [f"DO{side}{i}" for i in range(_WIDEST)]
            used = {pin: bit for pin in pins for bit in ram["connections"].get(pin, []) if users[bit]}
            registers = {pin: _register(cells, users[bit], bit) for pin, bit in used.items()}
            clock = ram["connections"][f"CLK{side}"]
            if (
                used
                and max(widths) <= _WIDEST
                and ram["connections"][f"RST{side}"] == ["0"]
                and ram["parameters"][f"CLK{side}MUX"] == f"CLK{side}"
                and all(name and cells[name]["connections"]["CLK"] == clock for name in registers.values())
            ):
                ram["parameters"][f"REGMODE_{side}"] = "OUTREG"
                ram["connections"][f"OCE{side}"] = ["1"]
                for pin, name in registers.items():
                    ram["connections"][pin] = cells.pop(name)["connections"]["Q"]
                absorbed += len(registers)
    return absorbed


def _register(cells: Cells, users: list[str], bit: int) -> str:
    """The plain register that is all that uses ``bit``; nothing if it is used otherwise."""
    if len(users) != 1 or not users[0]:
        return ""
    cell = cells[users[0]]
    plain = (
        cell["type"] == "TRELLIS_FF"
        and cell["connections"]["DI"] == [bit]
        and cell["connections"].get("LSR", ["0"]) == ["0"]
        and all(cell["parameters"].get(name, "").strip() == value for name, value in _PLAIN.items())
    )
    return users[0] if plain else ""
