"""A command on its way: how far its engine has issued it."""

from functools import cached_property

import numpy as np

from celosia.compiler.cost.weight_port import WeightPort
from celosia.compiler.cost.work import BankMasks, CommandWork
from celosia.rtl.command import Engine

#: So many of a command's last slots are looked at one by one.
KEPT_SLOTS = 3
#: How many times longer weights may take to load at most, while another engine takes the port. Its commands follow each
#: other two cycles after a load, with loads of 4 words (1 x 3 taps) and more: rarely as densely as that.
STOLEN_SHARE = 4


class Stream:
    """The slots of one command, issued from cycle ``start`` on.

    Attributes
    ----------
    engine, work, port
        As given: the port is where weights come from, if another engine takes it from this one.
    start
        Cycle of the first slot; as given, until it loses a conflict.
    position, left
        Slots issued, and slots to be issued.
    pass_start
        Cycle of the first slot of the present pass; of the first one, where no pass waits for weights.
    lost
        Cycles lost to conflicts for banks.
    before_last
        Cycles of the slots before the last one, as far as they are issued: at 1 the one just before it, at 2 the
        one before that.
    has_gaps
        Whether slots of later passes may wait for weights.
    """

    def __init__(self, engine: Engine, work: CommandWork, start: int, port: WeightPort | None = None) -> None:
        self.engine = engine
        self.work = work
        self.port = port
        self.start = start
        self.position = 0
        self.left = work.slots
        self.pass_start = start
        self.lost = 0
        self.before_last: dict[int, int] = {}
        longest = work.load * (STOLEN_SHARE if port else 1)
        self.has_gaps = work.passes > 1 and work.pass_slots < longest

    @cached_property
    def banks(self) -> BankMasks:
        """Banks that each slot reads; empty for a command that does not read the scratchpad."""
        return np.zeros(0, np.uint16) if self.work.reads is None else self.work.reads()

    def ready(self) -> int:
        """First cycle in which weights allow the next slot."""
        begins_pass = self.position and self.position % self.work.pass_slots == 0
        return self._loaded() if begins_pass else self.pass_start

    def issue(self, cycle: int) -> None:
        """Issue a slot in ``cycle``."""
        if self.position % self.work.pass_slots == 0:
            self.pass_start = cycle
        self._issue_row(cycle, 1)

    def lose(self, cycles: int) -> None:
        """Lose that many conflicts."""
        self.lost += cycles
        if not self.position:
            self.start += cycles
            self.pass_start += cycles

    def pause(self, now: int) -> int:
        """The cycle after the last slot, if nothing hinders from cycle ``now`` on; or before, after the last but two.

        From the time when that has issued, it is known when the engine takes its next command.
        """
        work = self.work
        slots = self.left - 2 if self.left > 2 else self.left
        if not self.has_gaps:
            return now + slots
        begun = min(-self.position % work.pass_slots, slots)  # slots left of a pass that has begun
        slots -= begun
        if not slots:
            return now + begun
        passes = (slots - 1) // work.pass_slots
        return self._next_pass(now + begun) + passes * self._period + slots - passes * work.pass_slots

    def advance(self, now: int, until: int) -> None:
        """Issue what can be issued, unhindered, from cycle ``now`` to before cycle ``until``."""
        work = self.work
        if not self.has_gaps:
            self._issue_row(now, min(self.left, until - now))
            return
        begun = min(-self.position % work.pass_slots, until - now)
        self._issue_row(now, begun)
        if self.left == 0 or self.position % work.pass_slots:
            return
        first = self._next_pass(now + begun)
        at_once = min((until - 1 - first) // self._period, self.left // work.pass_slots - KEPT_SLOTS)
        if at_once > 0 and (self.port is None or self.port.is_free(first)):
            self.pass_start = first + (at_once - 1) * self._period
            self.skip(at_once * work.pass_slots)
            now = self.pass_start + work.pass_slots - begun
        while self.left and (first := self._next_pass(now + begun)) < until:
            self.pass_start = first
            self._issue_row(first, min(until - first, work.pass_slots))
            now = first + work.pass_slots - begun

    def skip(self, slots: int) -> None:
        """Have issued so many slots, none of them one of the last."""
        self.position += slots
        self.left -= slots

    def _issue_row(self, now: int, slots: int) -> None:
        """Issue so many slots from cycle ``now`` on, one a cycle."""
        left = self.left
        if left - slots < KEPT_SLOTS:
            for distance in range(1, KEPT_SLOTS):
                if left - slots <= distance < left:
                    self.before_last[distance] = now + left - 1 - distance
        self.position += slots
        self.left = left - slots

    def last_pass_start(self, end: int) -> int:
        """Cycle of the first slot of the last pass; ``end`` is the one after its last slot."""
        work = self.work
        return self.pass_start if self.has_gaps or work.passes == 1 else end - work.pass_slots

    @property
    def _period(self) -> int:
        """Cycles from one pass to the next, if nothing hinders."""
        return max(self.work.load, self.work.pass_slots)

    def _loaded(self) -> int:
        """The cycle by which the weights of the next pass are there."""
        if self.port is None:
            return self.pass_start + self.work.load
        return self.port.loaded(self.pass_start, self.work.load)

    def _next_pass(self, earliest: int) -> int:
        return max(earliest, self._loaded()) if self.position else earliest
