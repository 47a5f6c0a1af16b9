"""A multiplier that splits into several narrower ones."""

from amaranth.hdl import Array, Module, Shape, Signal, Value, signed
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.quadrant import Quadrant
from celosia.rtl.parameter import boolean


class Precision(enum.Enum, shape=2):
    """Widths of weights and activations of an operation, and with them how many products it has."""

    W8A8 = 0
    """One product of 8 x 8 bits."""
    W4A8 = 1
    """Two products of 4-bit weights and 8-bit activations."""
    W4A4 = 2
    """Four products of 4 x 4 bits."""
    W2A2 = 3
    """Eight products of 2 x 2 bits."""


#: Bits of packed weights, and of packed activations: as many as their widest products need.
PACKED_BITS = 16

#: For each precision: products, bits of a weight, bits of an activation.
OPERANDS = {
    Precision.W8A8: (1, 8, 8),
    Precision.W4A8: (2, 4, 8),
    Precision.W4A4: (4, 4, 4),
    Precision.W2A2: (8, 2, 2),
}

#: For each precision and quadrant: which four bits of the weights and of the activations, and the shift.
ROUTES = {
    Precision.W8A8: ((0, 0, 0), (0, 1, 4), (1, 0, 4), (1, 1, 8)),
    Precision.W4A8: ((0, 0, 0), (0, 1, 4), (1, 2, 0), (1, 3, 4)),
    Precision.W4A4: ((0, 0, 0), (1, 1, 0), (2, 2, 0), (3, 3, 0)),
    Precision.W2A2: ((0, 0, 0), (1, 1, 0), (2, 2, 0), (3, 3, 0)),
}


def _holds_sign(nibble: int, bits: int) -> bool:
    """Whether some operand's highest bit lies in this nibble of operands of so many bits."""
    return bits <= 4 or nibble % 2 == 1


class PrecisionScalableProduct(wiring.Component):
    """The sum of 1, 2, 4 or 8 products, made by the same sixteen 2 x 2-bit multipliers; a new one every cycle.

    Operands are packed, the first in the lowest bits; what a precision has no use for is ignored. The operands
    are not registered: whoever holds them does that.

    Parameters
    ----------
    signed_weights, signed_activations : bool
        Whether the operands, of whatever width, are signed.

    Members
    -------
    precision : In(Precision)
        What the operands are.
    weights, activations : In(16)
        The operands.
    product : Out(signed(18))
        The sum of their products, ``latency`` cycles later.

    Raises
    ------
    TypeError
        If a parameter is not a bool.
    """

    #: Cycles from operands to their product: quadrants, sum.
    latency = 2

    #: What holds the sum of any operands' products.
    product_shape: Shape = signed(18)

    def __init__(self, *, signed_weights: bool, signed_activations: bool) -> None:
        self._signed_weights = boolean("signed_weights", signed_weights)
        self._signed_activations = boolean("signed_activations", signed_activations)
        super().__init__(
            {
                "precision": In(Precision),
                "weights": In(PACKED_BITS),
                "activations": In(PACKED_BITS),
                "product": Out(self.product_shape),
            }
        )

    @property
    def signed_weights(self) -> bool:
        """Whether weights are signed."""
        return self._signed_weights

    @property
    def signed_activations(self) -> bool:
        """Whether activations are signed."""
        return self._signed_activations

    def elaborate(self, platform: object) -> Module:
        """Route the operands to the quadrants; shift and add what comes out of them."""
        m = Module()
        precision = Value.cast(self.precision)
        shifting = Signal.like(precision, reset_less=True)
        m.d.sync += shifting.eq(precision)

        def by_precision(choices: list[Value | int]) -> Value:
            return Array(choices)[precision]

        shifted: list[Value] = []
        for index in range(4):
            m.submodules[f"quadrant_{index}"] = quadrant = Quadrant()
            routes = {choice: ROUTES[choice][index] for choice in Precision}
            m.d.comb += [
                quadrant.pairs.eq(precision == Precision.W2A2.value),
                quadrant.weight.eq(
                    by_precision([self.weights.word_select(nibble, 4) for nibble, _, _ in routes.values()])
                ),
                quadrant.activation.eq(
                    by_precision(
                        [self.activations.word_select(nibble, 4) for _, nibble, _ in routes.values()]
                    )
                ),
            ]
            if self._signed_weights:
                signs = [_holds_sign(route[0], OPERANDS[choice][1]) for choice, route in routes.items()]
                m.d.comb += quadrant.weight_negative.eq(by_precision([int(sign) for sign in signs]))
            if self._signed_activations:
                signs = [_holds_sign(route[1], OPERANDS[choice][2]) for choice, route in routes.items()]
                m.d.comb += quadrant.activation_negative.eq(by_precision([int(sign) for sign in signs]))
            total = Signal(signed(9), name=f"sum_{index}", reset_less=True)
            m.d.sync += total.eq(quadrant.sum)
            shifts = [shift for _, _, shift in routes.values()]
            shifted.append(Array(total << shift for shift in shifts)[shifting])
        m.d.sync += self.product.eq(sum(shifted))
        return m
