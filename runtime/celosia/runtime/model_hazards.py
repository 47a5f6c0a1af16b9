"""Checks that a program's waits order every pair of commands that must not overlap.

The functional model runs commands one after another, so a missing wait would go unnoticed there, and on
hardware it would show only when the timing is unlucky. This checker knows what each command touched and what
the waits guarantee, and finds the fault on any run.
"""

import numpy as np

from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.device import DeviceError
from celosia.runtime.model_footprint import Footprint


class HazardError(DeviceError):
    """Two commands that conflict and are not ordered by waits; the message names both."""


class HazardChecker:
    """Follows a program in order; :meth:`check` judges one command after another.

    What is guaranteed when a command starts: the commands that its waits name have retired; its engine's
    earlier commands have started; and what these waited for has retired as well, and so on. Within an
    engine commands issue in order, which orders its reads before its later writes, and the updates of
    the accumulators of MATRIX and DEPTHWISE; nothing else is ordered without a wait.

    Commands are named by engine and number, counted from 0 as in the program.
    """

    def __init__(self, config: AcceleratorConfig) -> None:
        # Number (from 1) of the last command of that engine which did that; 0: none.
        self._written_by_vector = np.zeros(config.scratchpad_bytes, np.int32)
        self._read_by = {
            engine: np.zeros(config.scratchpad_bytes, np.int32) for engine in summing_engines(config)
        }
        # For each half of the accumulators of each engine.
        self._filled = {engine: [0, 0] for engine in self._read_by}
        self._half_read_by_vector = {engine: [0, 0] for engine in self._read_by}
        # For each command of each engine: how many of every engine's commands have retired when it starts.
        self._retired: dict[Engine, list[tuple[int, ...]]] = {engine: [] for engine in Engine}

    def check(self, engine: Engine, waits: dict[Engine, int], footprint: Footprint) -> None:
        """Take in the program's next command.

        Raises :class:`HazardError` if it conflicts with an earlier one, or waits for a command that comes
        only after it (which would block for ever).
        """
        number = len(self._retired[engine]) + 1
        this = _name(engine, number)
        for other, count in waits.items():
            if count > len(self._retired[other]):
                raise HazardError(f"{this} waits for {_name(other, count)}, which does not come before it")
        retired = self._guaranteed(engine, waits)
        self._retired[engine].append(retired)
        if engine is Engine.VECTOR:
            self._check_vector(number, retired, footprint)
        else:
            self._check_sums(engine, number, retired, footprint)

    def _guaranteed(self, engine: Engine, waits: dict[Engine, int]) -> tuple[int, ...]:
        known = [waits[other] for other in Engine]
        if self._retired[engine]:
            known = [max(pair) for pair in zip(known, self._retired[engine][-1], strict=True)]
        for other in Engine:
            if known[other]:
                implied = self._retired[other][known[other] - 1]
                known = [max(pair) for pair in zip(known, implied, strict=True)]
        return tuple(known)

    def _check_sums(
        self, engine: Engine, number: int, retired: tuple[int, ...], footprint: Footprint
    ) -> None:
        this = _name(engine, number)
        if footprint.reads.size:
            writer = int(self._written_by_vector[footprint.reads].max())
            self._require(this, "reads what", Engine.VECTOR, writer, "writes", retired)
        self._read_by[engine][footprint.reads] = number
        for half in footprint.halves:
            reader = self._half_read_by_vector[engine][half]
            self._require(
                this, f"fills accumulator half {half}, which", Engine.VECTOR, reader, "reads", retired
            )
            self._filled[engine][half] = number

    def _check_vector(self, number: int, retired: tuple[int, ...], footprint: Footprint) -> None:
        this = _name(Engine.VECTOR, number)
        owner = footprint.summed_by
        for half in footprint.halves:
            filler = self._filled[owner][half]
            self._require(this, f"reads accumulator half {half}, which", owner, filler, "fills", retired)
            self._half_read_by_vector[owner][half] = number
        if footprint.reads.size:
            writer = int(self._written_by_vector[footprint.reads].max())
            self._require(this, "reads what", Engine.VECTOR, writer, "writes", retired)
            self._check_within(this, footprint)
        for engine, read in self._read_by.items():
            reader = int(read[footprint.writes].max())
            self._require(this, "overwrites what", engine, reader, "reads", retired)
        writer = int(self._written_by_vector[footprint.writes].max())
        self._require(this, "overwrites what", Engine.VECTOR, writer, "writes", retired)
        self._written_by_vector[footprint.writes] = number

    @staticmethod
    def _check_within(this: str, footprint: Footprint) -> None:
        """A byte that a command both reads and writes must be read by the time its new value is made."""
        first, last = int(footprint.reads.min()), int(footprint.reads.max())
        if int(footprint.writes.max()) < first or int(footprint.writes.min()) > last:
            return
        never = np.iinfo(np.int64).max
        first_write = np.full(max(last, int(footprint.writes.max())) + 1, never)
        np.minimum.at(first_write, footprint.writes, footprint.write_turns)
        late = footprint.read_turns > first_write[footprint.reads]
        if late.any():
            byte = int(footprint.reads[late][0])
            raise HazardError(f"{this} reads scratchpad byte {byte} after it has itself overwritten it")

    @staticmethod
    def _require(
        this: str, does: str, engine: Engine, number: int, did: str, retired: tuple[int, ...]
    ) -> None:
        if number > retired[engine]:
            raise HazardError(
                f"{this} {does} {_name(engine, number)} {did}, but its waits only guarantee"
                f" {retired[engine]} retired {engine.name} commands"
            )


def _name(engine: Engine, number: int) -> str:
    return f"{engine.name} command {number - 1}"


def summing_engines(config: AcceleratorConfig) -> tuple[Engine, ...]:
    """Engines with accumulators of their own."""
    return (Engine.MATRIX, Engine.DEPTHWISE) if config.depthwise_taps else (Engine.MATRIX,)
