"""What each command's cycles were spent on, from what a simulation recorded."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.compiled import CompiledModel
from celosia.compiler.cost import CommandTime
from celosia.rtl.command import Engine
from celosia.rtl.engine.status import EngineStatus
from celosia.runtime.events import Event, EventKind, StatusLog


def measured_times(
    program: CompiledModel, events: Sequence[Event], statuses: StatusLog, cycles: int
) -> tuple[CommandTime, ...]:
    """Times of a run's commands, in program order; empty if no statuses were recorded.

    ``events`` and ``statuses`` are those of one whole run of ``cycles`` cycles.
    """
    if not len(statuses):
        return ()
    began = min(event.cycle for event in events if event.kind is EventKind.BEGAN)
    queues = {}
    for engine in Engine:
        started, retired = (
            np.array([e.cycle - began for e in events if e.kind is kind and e.engine is engine], np.int64)
            for kind in (EventKind.STARTED, EventKind.RETIRED)
        )
        mine = statuses[statuses[:, 0] == engine, 1:] - (0, began)
        queues[engine] = iter(_engine_times(engine, started, retired, mine, cycles))
    return tuple(next(queues[command.engine]) for command in program.commands)


def _engine_times(
    engine: Engine,
    started: NDArray[np.int64],
    retired: NDArray[np.int64],
    statuses: NDArray[np.int64],
    cycles: int,
) -> list[CommandTime]:
    """Cut an engine's cycles into its commands' shares: each begins after the last slot of the one before."""
    if not len(started):
        return []
    lengths = np.diff(statuses[:, 1], append=cycles)
    status = np.repeat(statuses[:, 0], lengths)
    last_busy = np.maximum.accumulate(np.where(status == EngineStatus.BUSY.value, np.arange(cycles), -1))
    ends = last_busy[np.append(started[1:], cycles) - 1] + 1
    begins = np.append(0, ends[:-1])
    total: Mapping[EngineStatus, NDArray[np.int64]] = {
        state: np.append(0, np.cumsum(status == state.value)) for state in EngineStatus
    }
    times = []
    for begin, start, end, retirement in zip(
        begins.tolist(), started.tolist(), ends.tolist(), retired.tolist(), strict=True
    ):

        def spent(state: EngineStatus, first: int = begin, stop: int = end) -> int:
            return int(total[state][stop] - total[state][first])

        times.append(
            CommandTime(
                engine=engine,
                start=start,
                end=end,
                retired=retirement,
                busy=spent(EngineStatus.BUSY),
                empty=spent(EngineStatus.EMPTY),
                dependency=spent(EngineStatus.DEPENDENCY),
                operands=spent(EngineStatus.OPERANDS, stop=start),
                reload=spent(EngineStatus.OPERANDS, first=start),
                bank=spent(EngineStatus.BANK),
            )
        )
    return times
