"""When commands started and retired, as a simulation records it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from celosia.rtl.command import Engine


class EventKind(StrEnum):
    """What happened."""

    BEGAN = "B"
    STARTED = "S"
    RETIRED = "R"


@dataclass(frozen=True)
class Event:
    """A run began, or a command of an engine started or retired.

    ``cycle`` counts running cycles since the device was opened.
    """

    kind: EventKind
    engine: Engine
    cycle: int


def read_events(lines: Iterable[str]) -> list[Event]:
    """Decode the harness's events, one a line; an incomplete last line is left out."""
    events = []
    for line in lines:
        if not line.endswith("\n"):
            break
        kind, engine, cycle = line.split()
        events.append(Event(EventKind(kind), Engine(int(engine)), int(cycle)))
    return events
