"""What a command's cycles were spent on: the form that both predictions and measurements come in."""

from dataclasses import dataclass

from celosia.rtl.command import Engine


@dataclass(frozen=True)
class CommandTime:
    """One command's share of its engine's cycles, in the states that the hardware's counters tell apart.

    The share begins when the engine's previous command has issued its last slot of work, and ends when this one
    has. All times are cycles of the run, counted from 0.

    Attributes
    ----------
    engine
        Who runs it.
    start
        Cycle in which it issues its first slot.
    end
        The cycle after its last slot.
    retired
        Cycle in which the timeline is told; commands that wait for it can start from the next one on.
    busy
        Slots issued.
    empty, dependency, operands
        Cycles before ``start`` without a command, waiting for other commands, and preparing: first address,
        weights, table.
    reload
        Cycles between ``start`` and ``end`` in which weights were not there yet.
    bank
        Cycles between ``start`` and ``end`` in which a conflict for a scratchpad bank was lost, and before
        ``start`` likewise for the first slot.
    """

    engine: Engine
    start: int
    end: int
    retired: int
    busy: int
    empty: int
    dependency: int
    operands: int
    reload: int
    bank: int

    @property
    def cycles(self) -> int:
        """All cycles of the share."""
        return self.busy + self.empty + self.dependency + self.operands + self.reload + self.bank
