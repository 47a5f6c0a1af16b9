"""An output-stationary array whose multipliers split into narrower ones."""

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import EnableInserter, Module, Mux, ShapeLike, Signal, Value, signed, unsigned
from amaranth.lib import data

from celosia.rtl.array.output_stationary import OutputStationaryArray
from celosia.rtl.array.product_array import LENGTH_BITS
from celosia.rtl.mac.precision_product import Precision, PrecisionScalableProduct
from celosia.rtl.parameter import boolean
from celosia.rtl.repeated import Unshared


class PrecisionScalableArray(OutputStationaryArray):
    """An :class:`OutputStationaryArray` that takes 1, 2, 4 or 8 inputs a step, as each tile's precision says.

    Every processing element has a ``PrecisionScalableProduct``: one product of 8 x 8 bits, two of 4 x 8, four of
    4 x 4 or eight of 2 x 2 bits in every cycle, added up. A layer of 2-bit operands needs an eighth of the
    steps of one of bytes. Tiles of different precision may follow each other without a pause.

    Parameters
    ----------
    rows, cols : int
        Size of the array; any positive numbers.
    signed_weights, signed_activations : bool
        Whether the operands, of whatever width, are signed.
    accumulator_shape : ShapeLike
        Integer format of results.

    Members
    -------
    tiles : In(stream)
        ``length`` of the next tile, at least 1: steps that are summed; and its ``precision``: 0 for one product of
        8 x 8 bits, 1 for two of 4-bit weights and 8-bit activations, 2 for four of 4 x 4, 3 for eight of 2 x 2.
    activations : In(stream)
        For each of ``rows`` activation vectors, the step's inputs, packed into 16 bits, the first one lowest.
    weights : In(stream)
        For each of ``cols`` outputs, the weights of the step's inputs, likewise.
    results : Out(stream)
        ``cols`` sums of one activation vector; ``rows`` of these a tile, the first ``latency`` cycles after the
        tile's last operands.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind, or not positive.
    """

    _step_fields: Mapping[str, ShapeLike] = {"precision": Precision}

    def __init__(
        self,
        *,
        rows: int,
        cols: int,
        signed_weights: bool = True,
        signed_activations: bool = True,
        accumulator_shape: ShapeLike = signed(32),
    ) -> None:
        self._signed_weights = boolean("signed_weights", signed_weights)
        self._signed_activations = boolean("signed_activations", signed_activations)
        super().__init__(
            rows=rows,
            cols=cols,
            weight_shape=unsigned(16),
            activation_shape=unsigned(16),
            accumulator_shape=accumulator_shape,
            tile_shape=data.StructLayout({"length": LENGTH_BITS, "precision": Precision}),
        )

    @property
    def signed_weights(self) -> bool:
        """Whether weights are signed."""
        return self._signed_weights

    @property
    def signed_activations(self) -> bool:
        """Whether activations are signed."""
        return self._signed_activations

    @property
    def product_latency(self) -> int:
        """Cycles from a processing element's operands to their product."""
        return PrecisionScalableProduct.latency

    @property
    def _length(self) -> Value:
        return self.tiles.payload.length

    def _steps(self, m: Module, advance: Signal) -> Any:
        """A tile's precision is taken with its first step, and holds for the others."""
        step = super()._steps(m, advance)
        precision = Signal(Precision)
        offered = Value.cast(self.tiles.payload.precision)
        m.d.comb += Value.cast(step.precision).eq(Mux(step.first, offered, precision))
        with m.If(advance & step.valid):
            m.d.sync += precision.eq(step.precision)
        return step

    def _product(
        self, m: Module, advance: Signal, name: str, activation: Value, weight: Value, step: Any
    ) -> Value:
        product = PrecisionScalableProduct(
            signed_weights=self._signed_weights, signed_activations=self._signed_activations
        )
        m.submodules[name] = EnableInserter(advance)(Unshared(product))
        m.d.comb += [
            product.activations.eq(activation),
            product.weights.eq(weight),
            product.precision.eq(step.precision),
        ]
        return product.product
