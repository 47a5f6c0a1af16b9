"""When commands started and retired, as a simulation records it."""

from collections.abc import Iterable
from dataclasses import dataclass

from celosia.rtl.bus.address_map import Counter
from celosia.rtl.command import Engine

#: Order in which the harness writes an engine's cycles by state.
STATES = (Counter.BUSY, Counter.EMPTY, Counter.DEPENDENCY, Counter.OPERANDS, Counter.BANK)


@dataclass(frozen=True)
class Event:
    """A command started or retired.

    ``cycle`` counts running cycles since the device was opened; ``states`` holds how many of them the
    engine's front end had spent in each state until then.
    """

    engine: Engine
    retired: bool
    cycle: int
    states: dict[Counter, int]


def read_events(lines: Iterable[str]) -> list[Event]:
    """Decode the harness's events, one a line; an incomplete last line is left out."""
    events = []
    for line in lines:
        if not line.endswith("\n"):
            break
        kind, engine, cycle, *states = line.split()
        counts = dict(zip(STATES, map(int, states), strict=True))
        events.append(Event(Engine(int(engine)), kind == "R", int(cycle), counts))
    return events
