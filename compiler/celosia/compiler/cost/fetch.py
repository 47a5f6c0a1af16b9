"""When the queues offer commands to their engines: the program is read a word a cycle, in order."""

from collections.abc import Mapping, Sequence

from celosia.rtl.command import Engine

#: Cycles from the first word of a record entering an empty queue until the record is offered, beside its words.
QUEUE_LATENCY = 2
#: Cycles from taking the record on offer until the first word finds the room that follows from it.
ROOM_LATENCY = 2
#: The same two of a queue without a memory.
DIRECT_QUEUE_LATENCY, DIRECT_ROOM_LATENCY = 0, 1


class Fetch:
    """Follows the program through the queues, as far as it is known when engines took their commands.

    Parameters
    ----------
    records
        Engine and program words of each command, in program order.
    queue_depth
        Records that a queue holds besides the one on offer.
    stages
        Stages of registers between the program memory and the queues: the running cycle, from 0 on, in which the first
        word can be handed over.
    """

    def __init__(self, records: Sequence[tuple[Engine, int]], *, queue_depth: int, stages: int) -> None:
        self._records = records
        self._queue_records = queue_depth + 1
        self._queue_latency = QUEUE_LATENCY if queue_depth else DIRECT_QUEUE_LATENCY
        self._room_latency = ROOM_LATENCY if queue_depth else DIRECT_ROOM_LATENCY
        self._next = 0
        self._free = stages  # cycle in which the next word can be handed over
        self._entered: Mapping[Engine, list[int]] = {engine: [] for engine in Engine}
        self._taken: Mapping[Engine, list[int]] = {engine: [] for engine in Engine}

    def take(self, engine: Engine, cycle: int) -> None:
        """An engine took its next command in ``cycle``."""
        self._taken[engine].append(cycle)

    def offered(self, engine: Engine, words: int) -> int | None:
        """Cycle in which the next command of an engine, of ``words`` words, is offered; None if not known yet."""
        self._advance()
        entered, taken = self._entered[engine], self._taken[engine]
        number = len(taken)
        if number >= len(entered):
            return None
        through_queue = entered[number] + words + self._queue_latency
        return max(through_queue, taken[-1] + words + 1) if taken else through_queue

    def _advance(self) -> None:
        while self._next < len(self._records):
            engine, words = self._records[self._next]
            entered, taken = self._entered[engine], self._taken[engine]
            leaver = len(entered) - self._queue_records  # whose place the record needs
            if leaver >= len(taken):
                return
            start = self._free if leaver < 0 else max(self._free, taken[leaver] + self._room_latency)
            entered.append(start)
            self._free = start + words
            self._next += 1
