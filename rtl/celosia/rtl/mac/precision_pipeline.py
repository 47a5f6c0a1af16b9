"""A multiplier that splits into several narrower ones: the pipeline."""

from amaranth.hdl import Array, Module, Shape, Signal, Value, signed
from amaranth.lib import data, enum, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.quadrant import Quadrant


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


class PrecisionScalablePipeline(wiring.Component):
    """The pipeline of :class:`PrecisionScalableMac`, which checks the parameters, without its streams.

    Members
    -------
    operands : In(StructLayout)
        As for :class:`PrecisionScalableMac`.
    results : Out(accumulator_shape)
        The sum, ``latency`` cycles later.
    """

    #: Cycles from operands to their result: operands, quadrants, product, sum.
    latency = 4

    def __init__(self, *, signed_weights: bool, signed_activations: bool, accumulator_shape: Shape) -> None:
        self._signed_weights = signed_weights
        self._signed_activations = signed_activations
        operands = data.StructLayout(
            {"precision": Precision, "weights": 16, "activations": 16, "addend": accumulator_shape}
        )
        super().__init__({"operands": In(operands), "results": Out(accumulator_shape)})

    def elaborate(self, platform: object) -> Module:
        """Route the operands to the quadrants; shift and add what comes out of them."""
        m = Module()
        operands = Signal(self.operands.shape(), reset_less=True)
        stage_2 = Signal.like(operands, reset_less=True)
        addend = Signal(self.results.shape(), reset_less=True)
        m.d.sync += [operands.eq(self.operands), stage_2.eq(operands), addend.eq(stage_2.addend)]
        precision = Value.cast(operands.precision)

        def by_precision(choices: list[Value | int]) -> Value:
            return Array(choices)[precision]

        shifted: list[Value] = []
        for index in range(4):
            m.submodules[f"quadrant_{index}"] = quadrant = Quadrant()
            routes = {choice: ROUTES[choice][index] for choice in Precision}
            m.d.comb += [
                quadrant.pairs.eq(precision == Precision.W2A2.value),
                quadrant.weight.eq(
                    by_precision(
                        [operands.weights.word_select(nibble, 4) for nibble, _, _ in routes.values()]
                    )
                ),
                quadrant.activation.eq(
                    by_precision(
                        [operands.activations.word_select(nibble, 4) for _, nibble, _ in routes.values()]
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
            shifted.append(Array(total << shift for shift in shifts)[Value.cast(stage_2.precision)])
        product = Signal(signed(18), reset_less=True)
        m.d.sync += [product.eq(sum(shifted)), self.results.eq(addend + product)]
        return m
