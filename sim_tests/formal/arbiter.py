"""The bank arbiter: one owner a bank, no two grants that clash, nobody starves."""

from amaranth.hdl import Assert, Module, Mux, Signal, Value

from celosia.rtl.memory.scratchpad_arbiter import BankArbiter
from sim_tests.formal.prove import Properties


class ArbiterProperties(Properties):
    """For readers that ask for any banks in any cycle.

    - A bank has at most one owner, and a reader that is granted owns all banks it needs.
    - Two readers that need one bank are not granted in one cycle; a grant is only for those that ask.
    - If anybody asks, somebody is granted.
    - Nobody loses more than ``readers - 1`` times in a row. It follows from the order being one (no circles), and
      from every loss leaving fewer readers ahead.
    """

    def __init__(self, *, readers: int, banks: int) -> None:
        self._arbiter = BankArbiter(readers=readers, banks=banks)
        super().__init__(self._arbiter)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit."""
        m, inside = self.surround(platform)
        arbiter = self._arbiter
        readers = range(arbiter.readers)

        def before(i: int, j: int) -> Value:
            return inside[f"reader_{i}_before_{j}"] if i < j else ~inside[f"reader_{j}_before_{i}"]

        m.d.comb += Assert(~arbiter.valid.any() | arbiter.grant.any())
        for owner in arbiter.owner:
            m.d.comb += Assert((owner & (owner - 1)[: len(owner)]) == 0)
        for i in readers:
            others = [j for j in readers if j != i]
            m.d.comb += Assert(~arbiter.grant[i] | arbiter.valid[i])
            for bank, owner in enumerate(arbiter.owner):
                m.d.comb += Assert(~arbiter.grant[i] | (owner[i] == arbiter.needs[i][bank]))
            for j in others:
                both = arbiter.grant[i] & arbiter.grant[j]
                m.d.comb += Assert(~both | ((arbiter.needs[i] & arbiter.needs[j]) == 0))
                for k in set(others) - {j}:
                    m.d.comb += Assert(~(before(i, j) & before(j, k)) | before(i, k))
            lost = Signal(range(2 * arbiter.readers), name=f"lost_{i}")
            m.d.sync += lost.eq(Mux(arbiter.valid[i] & ~arbiter.grant[i], lost + 1, 0))
            m.d.comb += Assert(lost + sum(before(j, i) for j in others) < arbiter.readers)
        return m
