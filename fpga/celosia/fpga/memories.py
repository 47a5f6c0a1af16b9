"""The block RAM that a design needs, known before synthesis."""

import re
from dataclasses import dataclass

from celosia.fpga.board import Board
from celosia.rtl.config import ConfigurationError

_RAM = re.compile(
    r"^  cell \\celosia_ram \S+\n"
    r"    parameter \\WIDTH (?P<width>\d+)\n"
    r"    parameter \\DEPTH (?P<depth>\d+)\n"
    r"    parameter \\ADDRESS_WIDTH \d+\n"
    r"    parameter \\GRANULARITY (?P<granularity>\d+)\n",
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
    """One RAM of a design: the module it is in, and its size in bits."""

    module: str
    width: int
    depth: int
    granularity: int


class DoesNotFit(ConfigurationError):
    """The FPGA is too small for the configuration."""


def memories(netlist: str) -> list[Memory]:
    """The RAMs of a netlist of yosys's language, as Amaranth writes it."""
    starts = [(match.start(), match["name"]) for match in _MODULE.finditer(netlist)]
    found, index = [], 0
    for match in _RAM.finditer(netlist):
        while index + 1 < len(starts) and starts[index + 1][0] < match.start():
            index += 1
        sizes = (int(match[name]) for name in ("width", "depth", "granularity"))
        found.append(Memory(starts[index][1], *sizes))
    return found


def check_memories(netlist: str, board: Board, available: int) -> None:
    """Raise :class:`DoesNotFit`, saying which memories take how much, if the FPGA's block RAM cannot hold them."""
    blocks = dict.fromkeys((*OWNERS, "others"), 0)
    for memory in memories(netlist):
        parts = memory.module.split(".")
        owner = next((part for part in parts if part in OWNERS), "others")
        blocks[owner] += board.family.ram_blocks(memory.width, memory.depth, memory.granularity)
    if (needed := sum(blocks.values())) > available:
        shares = ", ".join(
            f"{owner} {count}" + (f" ({OWNERS[owner]})" if owner in OWNERS else "")
            for owner, count in sorted(blocks.items(), key=lambda item: -item[1])
            if count
        )
        raise DoesNotFit(
            f"the memories need {needed} block RAMs, {board.name} has {available}: {shares};"
            " make some smaller with --set"
        )
