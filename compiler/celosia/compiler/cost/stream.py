"""A command on its way: how far its engine has issued it."""

from functools import cached_property

import numpy as np

from celosia.compiler.cost.work import BankMasks, CommandWork
from celosia.rtl.command import Engine


class Stream:
    """The slots of one command, issued from cycle ``start`` on.

    Attributes
    ----------
    engine, work
        As given.
    start
        Cycle of the first slot; as given, until it loses a conflict.
    position
        Slots issued.
    pass_start
        Cycle of the first slot of the present pass; of the first one, where no pass waits for weights.
    lost
        Cycles lost to conflicts for banks.
    lost_last
        Those that the last slot lost.
    """

    def __init__(self, engine: Engine, work: CommandWork, start: int) -> None:
        self.engine = engine
        self.work = work
        self.start = start
        self.position = 0
        self.pass_start = start
        self.lost = 0
        self.lost_last = 0

    @cached_property
    def banks(self) -> BankMasks:
        """Banks that each slot reads; empty for a command that does not read the scratchpad."""
        return np.zeros(0, np.uint16) if self.work.reads is None else self.work.reads()

    @property
    def left(self) -> int:
        """Slots to be issued."""
        return self.work.slots - self.position

    def ready(self) -> int:
        """First cycle in which weights allow the next slot."""
        begins_pass = self.position and self.position % self.work.pass_slots == 0
        return self.pass_start + self.work.load if begins_pass else self.pass_start

    def issue(self, cycle: int) -> None:
        """Issue a slot in ``cycle``."""
        if self.position % self.work.pass_slots == 0:
            self.pass_start = cycle
        self.position += 1

    def lose(self, cycles: int) -> None:
        """Lose that many conflicts."""
        self.lost += cycles
        if self.left == 1:
            self.lost_last += cycles
        if not self.position:
            self.start += cycles
            self.pass_start += cycles

    def end(self, now: int) -> int:
        """The cycle after the last slot, if nothing hinders from cycle ``now`` on."""
        work = self.work
        if not work.has_gaps:
            return now + self.left
        begun = -self.position % work.pass_slots  # slots left of a pass that has begun
        passes = (self.left - begun) // work.pass_slots
        if not passes:
            return now + begun
        return self._next_pass(now + begun) + (passes - 1) * work.load + work.pass_slots

    def advance(self, now: int, until: int) -> None:
        """Issue what can be issued, unhindered, from cycle ``now`` to before cycle ``until``."""
        work = self.work
        if not work.has_gaps:
            self.position += min(self.left, until - now)
            return
        begun = min(-self.position % work.pass_slots, until - now)
        self.position += begun
        if self.left == 0 or self.position % work.pass_slots:
            return
        first = self._next_pass(now + begun)
        if first >= until:
            return
        passes = min((until - 1 - first) // work.load, self.left // work.pass_slots - 1)
        self.pass_start = first + passes * work.load
        self.position += passes * work.pass_slots + min(until - self.pass_start, work.pass_slots)

    def last_pass_start(self, end: int) -> int:
        """Cycle of the first slot of the last pass; ``end`` is the one after its last slot."""
        work = self.work
        return self.pass_start if work.has_gaps or work.passes == 1 else end - work.pass_slots

    def wait_of_last(self) -> int:
        """Cycles between the last two slots in which the last one was on offer: for weights, or for a bank."""
        waits_for_weights = self.work.has_gaps and self.work.pass_slots == 1
        return self.lost_last + (self.work.load - 1 if waits_for_weights else 0)

    def _next_pass(self, earliest: int) -> int:
        return max(earliest, self.pass_start + self.work.load) if self.position else earliest
