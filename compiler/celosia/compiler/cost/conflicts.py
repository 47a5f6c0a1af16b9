"""Which cycles readers of the scratchpad lose to each other: the arbiter's rule, applied to what commands read."""

from collections.abc import Sequence

import numpy as np

from celosia.compiler.cost.stream import KEPT_SLOTS, Stream
from celosia.rtl.command import Engine

#: Fewer slots than this are cheaper to walk one by one.
FEW_SLOTS = 24


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
        while now < until and all(reader.left for reader in readers):
            if len(readers) == 2 and not any(reader.has_gaps for reader in readers):
                now += self._run_pair(readers, until - now)
                if now == until:
                    break
            now = self._run_cycle(readers, now)
            if any(reader.left == 2 for reader in readers):
                break
        return now

    def _run_cycle(self, readers: Sequence[Stream], now: int) -> int:
        """One cycle, exactly as the hardware does it."""
        granted: list[Engine] = []
        losers = 0
        asking = {reader.engine: reader for reader in readers if reader.ready() <= now}
        if not asking:
            return min(reader.ready() for reader in readers)
        taken: list[int] = []
        for engine in self._order:
            if engine not in asking:
                continue
            reader = asking[engine]
            needs = int(reader.banks[reader.position])
            if not needs:  # it issues without asking
                reader.issue(now)
            elif any(needs & others for others in taken):
                losers += 1
                reader.lose(1)
            else:
                granted.append(engine)
                reader.issue(now)
            taken.append(needs)
        if losers:
            self._serve(granted)
        return now + 1

    def _run_pair(self, readers: Sequence[Stream], budget: int) -> int:
        """As many cycles of two readers as can be worked out at once; return how many.

        Two readers lose in turns: the one that lost wins the next conflict. So their distance takes only two
        values: d, while the reader that stands first, *a*, has not won, and d + 1 after it has. Where the two would
        meet at either distance is a comparison of arrays; where they do follows from the last meeting before.
        """
        a, b = sorted(readers, key=lambda reader: self._order.index(reader.engine))
        steps = min(a.left - 1 - KEPT_SLOTS, b.left - 1 - KEPT_SLOTS, budget)
        if steps < FEW_SLOTS:
            return 0
        a_banks = a.banks[a.position : a.position + steps + 1]
        b_banks = b.banks[b.position : b.position + steps]
        meet_before = (a_banks[:-1] & b_banks) != 0
        meet_after = (a_banks[1:] & b_banks) != 0
        at = np.flatnonzero(meet_before | meet_after)  # b's slots at which the distance may change
        meets_before, meets_after = meet_before[at], meet_after[at]
        ahead = meets_before & ~meets_after  # whether a is one ahead afterwards
        was_ahead = np.concatenate(([False], ahead[:-1]))
        b_loses = ~was_ahead & meets_before
        a_loses = meets_after & (was_ahead | meets_before)
        waited = np.cumsum(b_loses)  # cycles that b has lost up to there
        count = int(np.searchsorted(at + 1 + waited, budget, side="right"))
        lost = int(waited[count - 1]) if count else 0
        steps = min(budget - lost, int(at[count]) if count < len(at) else steps)
        is_ahead = bool(count and ahead[count - 1])
        a_lost = int(np.count_nonzero(a_loses[:count]))
        at_once = int(count > 0 and at[0] == 0 and b_loses[0])
        b.lose(at_once)  # perhaps its very first slot
        a.position += steps + is_ahead
        b.position += steps
        a.lose(a_lost)
        b.lose(lost - at_once)
        if lost:
            self._serve([a.engine])
        if a_lost:
            self._serve([b.engine])
            if is_ahead:
                self._serve([a.engine])
        return steps + lost

    def _serve(self, granted: Sequence[Engine]) -> None:
        self._order = [e for e in self._order if e not in granted] + [e for e in self._order if e in granted]
