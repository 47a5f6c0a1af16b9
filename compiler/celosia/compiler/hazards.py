"""Stage: the waits that order every command after those it conflicts with.

Engines retire commands in order, so a wait for the last conflicting command of an engine covers all earlier
ones, and one number per byte of scratchpad says all that is needed: the last VECTOR command that wrote the byte,
and the last command of MATRIX and of DEPTHWISE that read it. What needs a wait, on the engine named last (*sums*
are MATRIX and DEPTHWISE, each with its own accumulators):

=================================== =========================================
a sum reads what was written        VECTOR
VECTOR reads what was written       VECTOR (issued in order, but not finished)
VECTOR overwrites what was written  VECTOR
VECTOR overwrites what was read     the sum; VECTOR itself issues in order
a sum fills a half that was read    VECTOR
VECTOR reads a half that was filled the sum
=================================== =========================================
"""

from collections.abc import Mapping, Sequence

import numpy as np

from celosia.compiler.regions import latest, mark
from celosia.compiler.work import WorkItem
from celosia.rtl.command import Engine

Waits = Mapping[Engine, int]
"""How many commands of each engine must have retired before a command starts."""

SUMS = (Engine.MATRIX, Engine.DEPTHWISE)


def find_waits(items: Sequence[WorkItem], scratchpad_bytes: int) -> tuple[Waits, ...]:
    """Waits of each item; commands of an engine are counted from 1 in the order of ``items``."""
    written_by_vector = np.zeros(scratchpad_bytes, np.int32)
    read_by = {engine: np.zeros(scratchpad_bytes, np.int32) for engine in SUMS}
    filled = {(engine, half): 0 for engine in SUMS for half in (0, 1)}
    half_read_by_vector = dict(filled)
    issued = dict.fromkeys(Engine, 0)
    result: list[Waits] = []
    for item in items:
        issued[item.engine] += 1
        number = issued[item.engine]
        waits = dict.fromkeys(Engine, 0)
        waits[Engine.VECTOR] = max(0, latest(written_by_vector, item.reads))
        half = None if item.half is None or item.summed_by is None else (item.summed_by, item.half)
        if item.engine is Engine.VECTOR:
            for engine in SUMS:
                waits[engine] = max(0, latest(read_by[engine], item.writes))
            waits[Engine.VECTOR] = max(waits[Engine.VECTOR], latest(written_by_vector, item.writes))
            mark(written_by_vector, item.writes, number)
            if half is not None:
                waits[half[0]] = max(waits[half[0]], filled[half])
                half_read_by_vector[half] = number
        else:
            mark(read_by[item.engine], item.reads, number)
            if half is not None:
                waits[Engine.VECTOR] = max(waits[Engine.VECTOR], half_read_by_vector[half])
                filled[half] = number
        result.append(waits)
    return tuple(result)
