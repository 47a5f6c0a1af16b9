"""Decides which scratchpad readers get the banks they want."""

from amaranth.hdl import Const, Module, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.parameter import positive_integer


class BankArbiter(wiring.Component):
    """Grants each reader all the banks it needs or none, in the cycle it asks.

    Readers stand in an order. A reader is granted unless one ahead of it needs a bank it needs too, so the
    first that asks always gets its banks. After a cycle in which a reader lost, those that were granted go
    behind those that were not: of two readers, the one that lost wins the next conflict; of n, none loses
    more than n - 1 times in a row. (A matrix arbiter with several winners a cycle.)

    Parameters
    ----------
    readers : int
        Number of readers.
    banks : int
        Number of banks.

    Members
    -------
    valid : In(readers)
        Which readers ask.
    needs : In(ArrayLayout(banks, readers))
        The banks each of them needs.
    grant : Out(readers)
        Which readers get their banks, in the same cycle.
    owner : Out(ArrayLayout(readers, banks))
        For each bank, the reader to serve, one-hot; zero if nobody asks for it. Depends on fewer terms than
        ``grant``: a bank may serve a reader that has not been granted.

    Raises
    ------
    TypeError
        If a parameter is not an integer.
    ValueError
        If a parameter is not positive.
    """

    def __init__(self, *, readers: int, banks: int) -> None:
        self._readers = positive_integer("readers", readers)
        self._banks = positive_integer("banks", banks)
        super().__init__(
            {
                "valid": In(readers),
                "needs": In(data.ArrayLayout(banks, readers)),
                "grant": Out(readers),
                "owner": Out(data.ArrayLayout(readers, banks)),
            }
        )

    @property
    def readers(self) -> int:
        """Number of readers."""
        return self._readers

    @property
    def banks(self) -> int:
        """Number of banks."""
        return self._banks

    def elaborate(self, platform: object) -> Module:
        """Build the order and the comparisons of needs."""
        m = Module()
        readers = range(self._readers)
        first = {
            (i, j): Signal(init=1, name=f"reader_{i}_before_{j}") for i in readers for j in readers if i < j
        }

        def ahead(i: int, j: int) -> Value:
            return first[i, j] if i < j else ~first[j, i]

        for i in readers:
            rivals = [j for j in readers if j != i]
            blocked = [self.valid[j] & ahead(j, i) & (self.needs[i] & self.needs[j]).any() for j in rivals]
            m.d.comb += self.grant[i].eq(self.valid[i] & ~_any(blocked))
            for bank in range(self._banks):
                taken = [self.valid[j] & ahead(j, i) & self.needs[j][bank] for j in rivals]
                m.d.comb += self.owner[bank][i].eq(self.valid[i] & self.needs[i][bank] & ~_any(taken))

        with m.If((self.valid & ~self.grant).any()):
            for (i, j), i_first in first.items():
                with m.If(self.grant[i] ^ self.grant[j]):
                    m.d.sync += i_first.eq(self.grant[j])
        return m


def _any(terms: list[Value]) -> Value:
    return Const(0, 1) if not terms else terms[0] | _any(terms[1:])
