"""A quarter of the precision-scalable multiplier."""

from amaranth.hdl import Cat, Module, Mux, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Quadrant(wiring.Component):
    """One product of 4 x 4 bits, or the sum of two products of 2 x 2 bits, from the same four small multipliers.

    Each small multiplier takes a digit of two bits of each operand. For one product the four are shifted by the
    weights of their digits. For two, the multipliers of a high and a low digit are used, which are shifted
    alike anyway: with the digits of one operand exchanged, they see the pairs that belong together.

    Members
    -------
    pairs : In(1)
        Two products instead of one.
    weight, activation : In(4)
        The operands: one of four bits, or two of two bits.
    weight_negative, activation_negative : In(1)
        Their highest bits (of each half, for two products) count negative.
    sum : Out(signed(9))
        The product, or the sum of both, in the same cycle.
    """

    pairs: In(1)
    weight: In(4)
    activation: In(4)
    weight_negative: In(1)
    activation_negative: In(1)
    sum: Out(signed(9))

    def elaborate(self, platform: object) -> Module:
        """Split into digits, multiply, shift and add."""
        m = Module()
        weights = self._digits(self.weight, self.weight_negative)
        low, high = self._digits(self.activation, self.activation_negative)
        activations = Mux(self.pairs, high, low), Mux(self.pairs, low, high)
        products = [[_product(weight, activation) for activation in activations] for weight in weights]
        cross = products[0][1] + products[1][0]
        whole = products[0][0] + (cross << 2) + (products[1][1] << 4)
        m.d.comb += self.sum.eq(Mux(self.pairs, cross, whole))
        return m

    def _digits(self, operand: Value, negative: Value) -> tuple[Value, Value]:
        """The low and the high two bits as signed numbers of three."""
        return (
            Cat(operand[:2], negative & self.pairs & operand[1]).as_signed(),
            Cat(operand[2:], negative & operand[3]).as_signed(),
        )


def _product(weight: Value, activation: Value) -> Value:
    """Of digits: from gates, because synthesis tools would take a multiplier block even for so few bits."""
    low, high, sign = (Mux(bit, activation, 0) for bit in weight)
    return low + (high << 1) - (sign << 2)
