"""What came of a build: resources, clock, critical path."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from celosia.fpga.families.family import Family
from celosia.runtime.simulation.environment import BuildError


@dataclass(frozen=True)
class Resource:
    """How much of one resource a design uses."""

    name: str
    used: int
    available: int


@dataclass(frozen=True)
class PathStep:
    """One piece of the critical path: from the driver of a net, over it, to the next cell."""

    kind: str
    delay_ns: float
    source: str
    destination: str
    net: str


@dataclass(frozen=True)
class Report:
    """The figures of a placed and routed design.

    Attributes
    ----------
    resources
        Used and available, in the family's order.
    clock_mhz, target_mhz
        The highest clock that the tool's timing analysis allows, and the one that was asked for.
    critical_path
        Its pieces from register to register.
    seed
        Seed of the placement.
    """

    resources: Sequence[Resource]
    clock_mhz: float
    target_mhz: float
    critical_path: Sequence[PathStep]
    seed: int

    @property
    def meets_clock(self) -> bool:
        """Whether the design can run at the clock that was asked for."""
        return self.clock_mhz >= self.target_mhz

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {**asdict(self), "meets_clock": self.meets_clock}


def read_report(text: str, *, family: Family, target_mhz: float, seed: int) -> Report:
    """Read the report of nextpnr; raises ``BuildError`` if it says nothing of a clock."""
    content = json.loads(text)
    clocks: Mapping[str, Any] = content.get("fmax", {})
    if not clocks:
        raise BuildError("nextpnr reports no clock: synthesis has removed the design")
    # One domain does all the work; a crystal that only feeds the PLL has no paths and is not listed.
    name, clock = min(clocks.items(), key=lambda item: item[1]["achieved"])
    cells: Mapping[str, Any] = content["utilization"]
    resources = [
        Resource(
            resource,
            sum(cells[kind]["used"] for kind in kinds if kind in cells),
            sum(cells[kind]["available"] for kind in kinds if kind in cells),
        )
        for resource, kinds in family.resources.items()
    ]
    return Report(resources, clock["achieved"], target_mhz, _path(content, name), seed)


def _path(content: Mapping[str, Any], clock: str) -> list[PathStep]:
    edge = f"posedge {clock}"
    for path in content.get("critical_paths", ()):
        if path["from"] == path["to"] == edge:
            return [_step(piece) for piece in path["path"]]
    return []


def _step(piece: Mapping[str, Any]) -> PathStep:
    return PathStep(
        kind=piece["type"],
        delay_ns=piece["delay"],
        source=piece["from"]["cell"],
        destination=piece["to"]["cell"],
        net=piece.get("net", ""),
    )
