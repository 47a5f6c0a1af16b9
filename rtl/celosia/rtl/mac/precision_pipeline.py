"""The pipeline of the precision-scalable MAC."""

from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.precision_product import Precision, PrecisionScalableProduct


class PrecisionScalablePipeline(wiring.Component):
    """What ``PrecisionScalableMac``, which checks the parameters, puts its streams around.

    Members
    -------
    operands : In(StructLayout)
        As for ``PrecisionScalableMac``.
    results : Out(accumulator_shape)
        The sum, ``latency`` cycles later.
    """

    #: Cycles from operands to their result: operands, product, sum.
    latency = 1 + PrecisionScalableProduct.latency + 1

    def __init__(self, *, signed_weights: bool, signed_activations: bool, accumulator_shape: Shape) -> None:
        self._product = PrecisionScalableProduct(
            signed_weights=signed_weights, signed_activations=signed_activations
        )
        operands = data.StructLayout(
            {"precision": Precision, "weights": 16, "activations": 16, "addend": accumulator_shape}
        )
        super().__init__({"operands": In(operands), "results": Out(accumulator_shape)})

    def elaborate(self, platform: object) -> Module:
        """Register the operands, and delay the addend as long as the product takes."""
        m = Module()
        m.submodules.product = product = self._product
        operands = Signal(self.operands.shape(), reset_less=True)
        m.d.sync += operands.eq(self.operands)
        m.d.comb += [
            product.precision.eq(operands.precision),
            product.weights.eq(operands.weights),
            product.activations.eq(operands.activations),
        ]
        addend = operands.addend
        for stage in range(product.latency):
            delayed = Signal(self.results.shape(), name=f"addend_{stage}", reset_less=True)
            m.d.sync += delayed.eq(addend)
            addend = delayed
        m.d.sync += self.results.eq(addend + product.product)
        return m
