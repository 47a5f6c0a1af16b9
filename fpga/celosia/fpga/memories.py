"""The block RAM that a design needs, known before synthesis."""

import re
from dataclasses import dataclass

from celosia.fpga.board import Board
from celosia.fpga.families.family import Part
from celosia.rtl.config import ConfigurationError

_RAM = re.compile(
    r"^  cell \\celosia_(?P<single_port>single_port_)?ram \S+\n"
    r"    parameter \\WIDTH (?P<width>\d+)\n"
    r"    parameter \\DEPTH (?P<depth>\d+)\n"
    r"    parameter \\ADDRESS_WIDTH \d+\n"
    r"(?:    parameter \\GRANULARITY (?P<granularity>\d+)\n)?",
    flags=re.MULTILINE,
)
_MODULE = re.compile(r"^module \\(?P<name>\S+)\n", flags=re.MULTILINE)

#: What a design's memories are called in messages, and the configuration field that sizes them.
OWNERS = {
    "program": "program_bytes",
    "weights": "weight_bytes",
    "parameters": "parameter_words",
    "scratchpad": "scratchpad_bytes",
    "accumulators": "accumulator_depth",
}


@dataclass(frozen=True)
class Memory:
    """One RAM of a design: the module it is in, its size in bits, and whether it has a single port."""

    module: str
    width: int
    depth: int
    granularity: int
    single_port: bool


class DoesNotFit(ConfigurationError):
    """The FPGA is too small for the configuration."""


def memories(netlist: str) -> list[Memory]:
    """The RAMs of a netlist of yosys's language, as Amaranth writes it."""
    starts = [(match.start(), match["name"]) for match in _MODULE.finditer(netlist)]
    found, index = [], 0
    for match in _RAM.finditer(netlist):
        while index + 1 < len(starts) and starts[index + 1][0] < match.start():
            index += 1
        width, depth = int(match["width"]), int(match["depth"])
        granularity = int(match["granularity"] or width)
        found.append(Memory(starts[index][1], width, depth, granularity, bool(match["single_port"])))
    return found


def check_memories(netlist: str, board: Board, part: Part) -> None:
    """Raise :class:`DoesNotFit`, saying which memories take how much, if the FPGA's block RAM cannot hold them."""
    family = board.family
    blocks = dict.fromkeys((*OWNERS, "others"), 0)
    large = dict.fromkeys(blocks, 0)
    for memory in memories(netlist):
        names = memory.module.split(".")
        owner = next((name for name in names if name in OWNERS), "others")
        if memory.single_port and family.has_single_port_ram:
            large[owner] += family.single_port_rams(memory.width, memory.depth)
        else:
            blocks[owner] += family.ram_blocks(memory.width, memory.depth, memory.granularity)
    _check(large, "RAMs with a single port", part.single_port_rams, board)
    _check(blocks, "block RAMs", part.ram_blocks, board)


def _check(blocks: dict[str, int], kind: str, available: int, board: Board) -> None:
    if (needed := sum(blocks.values())) > available:
        shares = ", ".join(
            f"{owner} {count}" + (f" ({OWNERS[owner]})" if owner in OWNERS else "")
            for owner, count in sorted(blocks.items(), key=lambda item: -item[1])
            if count
        )
        raise DoesNotFit(
            f"the memories need {needed} {kind}, {board.name} has {available}: {shares};"
            " make some smaller with --set"
        )
