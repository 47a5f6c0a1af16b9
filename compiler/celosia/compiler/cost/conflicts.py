"""Which cycles readers of the scratchpad lose to each other: the arbiter's rule, applied to what commands read."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from celosia.compiler.cost.stream import KEPT_SLOTS, Stream
from celosia.compiler.cost.work import BankMasks
from celosia.rtl.command import Engine

#: Fewer slots than these are cheaper to walk one by one.
MANY_SLOTS = 120


class Arbiter:
    """The order in which readers are served, as in :class:`celosia.rtl.memory.scratchpad_arbiter.BankArbiter`.

    A reader is granted unless one ahead of it needs a bank that it needs too; after a cycle in which somebody lost,
    those that were granted go behind all others.
    """

    def __init__(self) -> None:
        self._order = list(Engine)

    def run(self, readers: Sequence[Stream], now: int, until: int) -> int:
        """Let ``readers`` issue from cycle ``now`` on; return the first cycle that has not been simulated.

        Ends before cycle ``until``, or after a cycle in which a reader issued its last slot, or its last but two.
        """
        is_pair = len(readers) == 2 and not (readers[0].has_gaps or readers[1].has_gaps)
        while now < until:
            now = self._run_pair(readers, now, until) if is_pair else self._run_cycle(readers, now)
            if any(reader.left in (0, 2) for reader in readers):
                break
        return now

    def _run_cycle(self, readers: Sequence[Stream], now: int) -> int:
        """One cycle, exactly as the hardware does it; return the next one, or the first in which a reader asks."""
        granted: list[Engine] = []
        has_loser, is_idle = False, True
        taken = 0  # banks that readers ahead need, whether or not they were granted
        for engine in self._order:
            for reader in readers:
                if reader.engine is engine and reader.ready() <= now:
                    is_idle = False
                    needs = int(reader.banks[reader.position])
                    if needs & taken:
                        has_loser = True
                        reader.lose(1)
                    else:
                        if needs:  # otherwise it issues without asking
                            granted.append(engine)
                        reader.issue(now)
                    taken |= needs
        if is_idle:
            return min(reader.ready() for reader in readers)
        if has_loser:
            self._serve(granted)
        return now + 1

    def _run_pair(self, readers: Sequence[Stream], now: int, until: int) -> int:
        """The same for two readers that always ask, at once up to where the last slots of one begin.

        Two readers lose in turns: the one that lost wins the next conflict.
        """
        a, b = sorted(readers, key=lambda reader: self._order.index(reader.engine))
        slots = min(a.left - 1 - KEPT_SLOTS, b.left - 1 - KEPT_SLOTS, until - now)
        if slots <= 0:
            return self._run_cycle(readers, now)
        banks = a.banks[a.position :], b.banks[b.position :]
        grants = _leap(*banks, slots, until - now) if slots >= MANY_SLOTS else _walk(*banks, slots)
        a_lost, b_lost = grants.cycles - grants.a, grants.cycles - grants.b
        b.lose(grants.at_once)  # perhaps its very first slot
        a.skip(grants.a)
        b.skip(grants.b)
        a.lose(a_lost)
        b.lose(b_lost - grants.at_once)
        if b_lost:
            self._serve([a.engine])
        if a_lost:
            self._serve([b.engine])
            if b_lost > a_lost:
                self._serve([a.engine])
        return now + grants.cycles

    def _serve(self, granted: Sequence[Engine]) -> None:
        self._order = [e for e in self._order if e not in granted] + [e for e in self._order if e in granted]


class _Grants(NamedTuple):
    """Of so many ``cycles`` of two readers, those in which *a*, which stood first, and *b* were granted their banks.

    ``at_once`` is 1 if *b* lost the first of them.
    """

    cycles: int
    a: int
    b: int
    at_once: int


def _walk(a_banks: BankMasks, b_banks: BankMasks, slots: int) -> _Grants:
    """``slots`` cycles of two readers, one by one."""
    a_needs, b_needs = a_banks[:slots].tolist(), b_banks[:slots].tolist()
    a = b = 0
    is_ahead = False  # whether a has won more often than b
    for _ in range(slots):
        if not a_needs[a] & b_needs[b]:
            a += 1
            b += 1
        elif is_ahead:
            b += 1
            is_ahead = False
        else:
            a += 1
            is_ahead = True
    return _Grants(slots, a, b, int(bool(a_needs[0] & b_needs[0])))


def _leap(a_banks: BankMasks, b_banks: BankMasks, slots: int, budget: int) -> _Grants:
    """As many cycles, of ``budget`` at most, as either of two readers takes for that many ``slots``, at once.

    The readers' distance takes only two values: d, while *a* has not won more often than *b*, and d + 1 while it has.
    Where the two would meet at either distance is a comparison of arrays; where they do follows from the last meeting
    before.
    """
    meet_before = (a_banks[:slots] & b_banks[:slots]) != 0
    meet_after = (a_banks[1 : slots + 1] & b_banks[:slots]) != 0
    at = np.flatnonzero(meet_before | meet_after)  # b's slots at which the distance may change
    meets_before, meets_after = meet_before[at], meet_after[at]
    ahead = meets_before & ~meets_after  # whether a is one ahead afterwards
    was_ahead = np.concatenate(([False], ahead[:-1]))
    b_loses = ~was_ahead & meets_before
    waited = np.cumsum(b_loses)  # cycles that b has lost up to there
    count = int(np.searchsorted(at + 1 + waited, budget, side="right"))
    lost = int(waited[count - 1]) if count else 0
    slots = min(budget - lost, int(at[count]) if count < len(at) else slots)
    is_ahead = bool(count and ahead[count - 1])
    return _Grants(slots + lost, slots + is_ahead, slots, int(count > 0 and at[0] == 0 and b_loses[0]))
