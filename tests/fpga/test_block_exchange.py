"""Multiplier blocks exchange their sites: to the best effect, and nothing else changes."""

import copy
import itertools
from typing import Any

import numpy as np

from celosia.fpga.block_exchange import exchange_blocks

KIND = "MULT18X18D"
#: Sites of blocks in two rows, as an ECP5's are named.
SITES = [f"X{column}/Y{row}/MULT18_{column % 2}" for row in (10, 34) for column in (9, 40, 71)]


def cell(kind: str, site: str, inputs: list[int | str], outputs: list[int | str]) -> dict[str, Any]:
    return {
        "type": kind,
        "attributes": {"NEXTPNR_BEL": site, "hdlname": "of no interest"},
        "port_directions": {"A": "input", "P": "output"},
        "connections": {"A": inputs, "P": outputs},
    }


def placement(sites: list[str], registers: list[str]) -> dict[str, Any]:
    """Blocks, each between two registers of its own; a clock that all share, and constant inputs."""
    cells = {"clock": cell("DCCA", "X0/Y0/DCC", [], [2])}
    for i, site in enumerate(sites):
        before, after = 3 + 2 * i, 4 + 2 * i
        cells[f"before_{i}"] = cell("TRELLIS_FF", registers[2 * i], [2], [before])
        cells[f"block_{i}"] = cell(KIND, site, [2, "0", "x", before], [after])
        cells[f"after_{i}"] = cell("TRELLIS_FF", registers[2 * i + 1], [2, after], [])
    return {"creator": "test", "modules": {"top": {"cells": cells, "netnames": {}}}}


def sites_of_blocks(placed: dict[str, Any]) -> list[str]:
    cells = placed["modules"]["top"]["cells"].values()
    return [each["attributes"]["NEXTPNR_BEL"] for each in cells if each["type"] == KIND]


def test_every_block_comes_to_its_registers() -> None:
    wanted = np.roll(SITES, 1).tolist()
    registers = [f"{site.rpartition('/')[0]}/SLICEB.FF{i}" for site in wanted for i in (0, 1)]
    placed = placement(SITES, registers)
    before = copy.deepcopy(placed)
    assert exchange_blocks(placed, KIND) == len(SITES)
    assert sites_of_blocks(placed) == wanted
    # Nothing but the blocks' sites is another than before, and what is best stays as it is.
    for name, each in before["modules"]["top"]["cells"].items():
        if each["type"] == KIND:
            each["attributes"]["NEXTPNR_BEL"] = placed["modules"]["top"]["cells"][name]["attributes"][
                "NEXTPNR_BEL"
            ]
    assert placed == before
    assert exchange_blocks(placed, KIND) == 0


def test_no_other_order_is_better(rng: np.random.Generator) -> None:
    def site() -> str:
        column, row = (int(each) for each in rng.integers((1, 1), (80, 60)))
        return f"X{column}/Y{row}/SLICEA.FF0"

    def length(sites: tuple[str, ...]) -> int:
        """Cubes of the distances, summed up."""
        total = 0
        for i, block in enumerate(sites):
            x, y = (int(word[1:]) for word in block.split("/")[:2])
            for register in registers[2 * i : 2 * i + 2]:
                other_x, other_y = (int(word[1:]) for word in register.split("/")[:2])
                total += (abs(x - other_x) + abs(y - other_y)) ** 3
        return total

    registers = [site() for _ in range(2 * len(SITES))]
    placed = placement(SITES, registers)
    exchange_blocks(placed, KIND)
    assert sorted(sites_of_blocks(placed)) == sorted(SITES)
    assert length(tuple(sites_of_blocks(placed))) == min(map(length, itertools.permutations(SITES)))


def test_a_design_may_have_no_blocks() -> None:
    placed = placement([], [])
    assert exchange_blocks(placed, KIND) == 0
    assert placed == placement([], [])
