"""Hardware that goes through all operands of :class:`~celosia.rtl.mac.products.Products`, many a cycle."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.products import Multiplier, Products

ACTIVATIONS = 16
"""Activations multiplied in one cycle: a compromise between building the simulator and running it."""
ACTIVATION_STEP_BITS = 8 - (ACTIVATIONS - 1).bit_length()


def step_bits(multiplier: Multiplier) -> int:
    """Bits of a counter of the other operands: pairs of weights matter only where they share a block."""
    weights = 16 if multiplier is Multiplier.ECP5_PACKED else 8
    return weights + ACTIVATION_STEP_BITS


class ProductsChecker(wiring.Component):
    """Multiplies every activation with every weight, or pair of weights, and counts the wrong products.

    Parameters
    ----------
    multiplier : Multiplier
        What the products are made of.

    Members
    -------
    steps : Out(step_bits(multiplier) + 1)
        Cycles of operands given so far; all of them when the top bit is set.
    mismatches : Out(32)
        Cycles so far with a product that is not that of the operands ``latency`` cycles before.
    enable : In(1)
        Go on.
    """

    def __init__(self, multiplier: Multiplier) -> None:
        self._multiplier = multiplier
        super().__init__({"steps": Out(step_bits(multiplier) + 1), "mismatches": Out(32), "enable": In(1)})

    def elaborate(self, platform: object) -> Module:
        """Count through the operands, and compare with products delayed alike."""
        m = Module()
        m.submodules.products = products = Products(
            columns=2, length=ACTIVATIONS, multiplier=self._multiplier
        )
        with m.If(self.enable & ~self.steps[-1]):
            m.d.sync += self.steps.eq(self.steps + 1)
        upper, rest = self.steps[:ACTIVATION_STEP_BITS], self.steps[ACTIVATION_STEP_BITS:-1]
        # Without pairs of their own, the second column's weights are the first one's complements.
        weights = (rest[:8].as_signed(), (rest[8:] if len(rest) > 8 else ~rest).as_signed())
        wrong = []
        for i in range(ACTIVATIONS):
            activation = Cat(upper, Const(i, 8 - ACTIVATION_STEP_BITS)).as_signed()
            m.d.comb += products.activations[i].eq(activation)
            for j, weight in enumerate(weights):
                m.d.comb += products.weights[j][i].eq(weight)
                expected = weight * activation
                for stage in range(products.latency):
                    held = Signal.like(expected, name=f"expected_{j}_{i}_{stage}")
                    m.d.sync += held.eq(expected)
                    expected = held
                wrong.append(expected != products.products[j][i])
        with m.If(Cat(wrong).any()):
            m.d.sync += self.mismatches.eq(self.mismatches + 1)
        return m
