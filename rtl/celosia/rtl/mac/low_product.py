"""The low bits of a product, in logic."""

from itertools import pairwise

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.parameter import positive_integer


class LowProduct(wiring.Component):
    """``product = a * b`` modulo ``2^bits``, from single gates: a third of the rows of partial products a cycle.

    Written out because ``*`` would become a multiplier block, and ``+`` carry chains, which are longer to set
    up than these few bits are worth.

    Parameters
    ----------
    bits : int
        Bits of operands and product.

    Members
    -------
    a, b : In(bits)
        The operands; signs make no difference to the low bits.
    product : Out(bits)
        The low bits of their product, ``latency`` = 3 cycles later.

    Raises
    ------
    TypeError, ValueError
        If ``bits`` is not an integer, or not positive.
    """

    #: Cycles from the operands to their product.
    latency = 3

    def __init__(self, *, bits: int) -> None:
        self._bits = positive_integer("bits", bits)
        super().__init__({"a": In(bits), "b": In(bits), "product": Out(bits)})

    @property
    def bits(self) -> int:
        """Bits of operands and product."""
        return self._bits

    def elaborate(self, platform: object) -> Module:
        """Add up the lowest rows, then the next ones to them, and then the last."""
        m = Module()
        a: Value = self.a
        b: Value = self.b
        total: Value = Const(0, self._bits)
        # Operands may come from afar, and higher rows have fewer bits: what is left of a division is for the last step.
        steps = [self._bits * step // self.latency for step in range(self.latency + 1)]
        for first, end in pairwise(steps):
            for place in range(first, end):
                total = self._sum(m, total, self._row(a[place], b, place))
            held = [Signal.like(value, reset_less=True) for value in (a, b, total)]
            m.d.sync += [register.eq(value) for register, value in zip(held, (a, b, total), strict=True)]
            a, b, total = held
        m.d.comb += self.product.eq(total)
        return m

    def _row(self, a_bit: Value, b: Value, place: int) -> Value:
        """Partial product of one bit of ``a``, shifted to its place."""
        return Cat(Const(0, place), a_bit.replicate(self._bits - place) & b[: self._bits - place])

    def _sum(self, m: Module, left: Value, right: Value) -> Value:
        """Sum of two numbers, modulo 2^bits, bit by bit."""
        total = Signal(self._bits)
        carry = Signal(self._bits + 1)
        for i, (x, y) in enumerate(zip(left, right, strict=True)):
            m.d.comb += [
                total[i].eq(x ^ y ^ carry[i]),
                carry[i + 1].eq((x & y) | (carry[i] & (x ^ y))),
            ]
        return total
