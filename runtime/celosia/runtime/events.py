"""When commands started and retired, as a simulation records it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from celosia.rtl.bus.address_map import Counter
from celosia.rtl.command import Engine

#: Order in which the harness writes an engine's cycles by state.
STATES = (Counter.BUSY, Counter.EMPTY, Counter.DEPENDENCY, Counter.OPERANDS, Counter.BANK)


class EventKind(StrEnum):
    """What happened."""

    BEGAN = "B"
    STARTED = "S"
    RETIRED = "R"


@dataclass(frozen=True)
class Event:
    """A run began, or a command of an engine started or retired.

    ``cycle`` counts running cycles since the device was opened; ``states`` holds how many of them the
    engine's front end had spent in each state until then.
    """

    kind: EventKind
    engine: Engine
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
        events.append(Event(EventKind(kind), Engine(int(engine)), int(cycle), counts))
    return events
