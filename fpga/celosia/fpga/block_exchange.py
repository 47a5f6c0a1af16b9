"""Blocks of one kind exchanged, after placement, so that each comes near to what it is connected to.

nextpnr's analytic placer finds where everything would like to be, then gives the blocks, which lie in a few rows
across the chip, one free site after the other. Of a 16x16 array's, the last ones end up some 90 columns from their
logic, and their wires are what limits the clock. Which block takes which of the sites is an assignment problem, whose
best solution (Kuhn, "The Hungarian method for the assignment problem", 1955) takes a second.
"""

import re
from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The slowest wire counts, not the sum of all: long ones weigh more than many short ones.
_POWER = 3

Points = NDArray[np.float64]


def exchange_blocks(placed: dict[str, Any], kind: str) -> int:
    """Let the blocks of a kind exchange their sites for the best; return how many have moved.

    Parameters
    ----------
    placed
        The module ``top`` as nextpnr writes it, in JSON, when everything has its place; this is changed. The blocks
        must be connected by ordinary wires alone, without the cascades between neighbours that some have.
    kind
        The cells' type, such as ``MULT18X18D``.
    """
    # Comes with the tools for boards, which those who only list boards need not have.
    from scipy.optimize import linear_sum_assignment

    cells = placed["modules"]["top"]["cells"]
    blocks = {name: cell for name, cell in cells.items() if cell["type"] == kind}
    if not blocks:
        return 0
    sites = [cell["attributes"]["NEXTPNR_BEL"] for cell in blocks.values()]
    places = np.array([_place(site) for site in sites])
    costs = np.array([_cost(places, neighbours) for neighbours in _neighbours(cells, blocks)])
    moved = 0
    for block, choice in zip(blocks.values(), linear_sum_assignment(costs)[1], strict=True):
        moved += block["attributes"]["NEXTPNR_BEL"] != sites[choice]
        block["attributes"]["NEXTPNR_BEL"] = sites[choice]
    return moved


def _place(site: str) -> tuple[int, int]:
    """Column and row of a site: of ``X92/Y58/MULT18_5``, 92 and 58."""
    column, row = re.findall(r"[XY](\d+)/", site)
    return int(column), int(row)


def _cost(places: Points, neighbours: Points) -> Points:
    """What a block with these neighbours would pay at each of the places."""
    distances = np.abs(places[:, None] - neighbours[None]).sum(axis=2)
    costs: Points = (distances**_POWER).sum(axis=1)
    return costs


def _neighbours(cells: dict[str, Any], blocks: dict[str, Any]) -> list[Points]:
    """Of each block, the places of what its wires come from and lead to."""
    drivers: dict[int, str] = {}
    users: defaultdict[int, list[str]] = defaultdict(list)
    for name, cell in cells.items():
        for port, bits in cell["connections"].items():
            for bit in bits:
                if cell["port_directions"][port] == "output":
                    drivers[bit] = name
                else:
                    users[bit].append(name)
    found = []
    for name, block in blocks.items():
        ends = []
        for bits in block["connections"].values():
            for bit in bits:
                if bit in drivers:
                    ends += users[bit] if drivers[bit] == name else [drivers[bit]]
        found.append(
            np.array([_place(cells[end]["attributes"]["NEXTPNR_BEL"]) for end in ends], float).reshape(-1, 2)
        )
    return found
