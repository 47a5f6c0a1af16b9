"""When commands started and retired, and what engines did in each cycle, as a simulation records it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from celosia.rtl.command import Engine

#: Rows of engine, status and the cycle, counted as in :class:`Event`, from which on the engine has that status.
StatusLog = NDArray[np.int64]


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


def read_statuses(text: str) -> StatusLog:
    """Decode the harness's statuses, one a line; an incomplete last line is left out."""
    whole = text[: text.rfind("\n") + 1]
    return np.array(whole.split(), np.int64).reshape(-1, 3)
