"""Stage: the waits that order every command after those it conflicts with.

Engines retire commands in order, so a wait for the last conflicting command of an engine covers all earlier
ones, and one number per byte of scratchpad says all that is needed: the last VECTOR command that wrote the byte,
and the last MATRIX command that read it. What needs a wait, on the engine named last:

=================================  =========================================
MATRIX reads what was written      VECTOR
VECTOR reads what was written      VECTOR (issued in order, but not finished)
VECTOR overwrites what was written VECTOR
VECTOR overwrites what was read    MATRIX; VECTOR itself issues in order
MATRIX fills a half that was read  VECTOR
VECTOR reads a half that was filled MATRIX
=================================  =========================================
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from celosia.compiler.regions import latest, mark
from celosia.compiler.work import WorkItem
from celosia.rtl.command import Engine


@dataclass(frozen=True)
class Waits:
    """How many commands of each engine must have retired before a command starts."""

    matrix: int
    vector: int


def find_waits(items: Sequence[WorkItem], scratchpad_bytes: int) -> tuple[Waits, ...]:
    """Waits of each item; commands of an engine are counted from 1 in the order of ``items``."""
    written_by_vector = np.zeros(scratchpad_bytes, np.int32)
    read_by_matrix = np.zeros(scratchpad_bytes, np.int32)
    half_filled_by_matrix = [0, 0]
    half_read_by_vector = [0, 0]
    issued = dict.fromkeys(Engine, 0)
    waits = []
    for item in items:
        issued[item.engine] += 1
        number = issued[item.engine]
        matrix = 0
        vector = max(0, latest(written_by_vector, item.reads))
        if item.engine is Engine.MATRIX:
            mark(read_by_matrix, item.reads, number)
            if item.half is not None:
                vector = max(vector, half_read_by_vector[item.half])
                half_filled_by_matrix[item.half] = number
        else:
            matrix = max(0, latest(read_by_matrix, item.writes))
            vector = max(vector, latest(written_by_vector, item.writes))
            mark(written_by_vector, item.writes, number)
            if item.half is not None:
                matrix = max(matrix, half_filled_by_matrix[item.half])
                half_read_by_vector[item.half] = number
        waits.append(Waits(matrix, vector))
    return tuple(waits)
