"""A multiplier that splits into several narrower ones."""

from amaranth.hdl import Module, Shape, ShapeLike, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.operand import check_reach, sum_limits
from celosia.rtl.mac.pipeline import streamed
from celosia.rtl.mac.precision_pipeline import PrecisionScalablePipeline
from celosia.rtl.mac.precision_product import OPERANDS
from celosia.rtl.mac.shape import integer_shape
from celosia.rtl.parameter import boolean, positive_integer


class PrecisionScalableMac(wiring.Component):
    """``result = addend + sum of weights * activations``, of 1, 2, 4 or 8 products, as each operation says.

    The same sixteen 2 x 2-bit multipliers make one product of 8 x 8 bits, two of 4 x 8, four of 4 x 4 or eight of
    2 x 2 bits a cycle, which are added up: the sub-word-parallel, sum-together kind in the survey of Camus
    et al., built from small multipliers as Bit Fusion is. Operands are packed, the first in the lowest bits; the
    ports are as wide as four or eight products need, and what an operation has no use for is ignored.

    A result appears ``latency`` cycles after its operands were taken, if results are taken whenever they are
    valid; while one is not, everything stands still. ``ready`` of the operands follows that of the results in
    the same cycle. Reset drops what is on its way.

    Parameters
    ----------
    signed_weights, signed_activations : bool
        Whether the operands, of whatever width, are signed.
    accumulator_shape : ShapeLike
        Integer format of addend and result.
    accumulations : int
        How many operations' products a result adds up at most: its own, and those already in its addend.

    Members
    -------
    operands : In(stream)
        ``precision`` (a ``Precision``), ``weights``, ``activations`` (16 bits each) and ``addend``.
    results : Out(stream)
        The sum.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind, or ``accumulator_shape`` cannot hold every sum.
    """

    latency = PrecisionScalablePipeline.latency

    def __init__(
        self,
        *,
        signed_weights: bool = True,
        signed_activations: bool = True,
        accumulator_shape: ShapeLike = signed(32),
        accumulations: int = 1,
    ) -> None:
        self._signed_weights = boolean("signed_weights", signed_weights)
        self._signed_activations = boolean("signed_activations", signed_activations)
        self._accumulator_shape = integer_shape("accumulator_shape", accumulator_shape)
        self._accumulations = positive_integer("accumulations", accumulations)
        for precision, (products, weight_bits, activation_bits) in OPERANDS.items():
            reach = sum_limits(
                Shape(weight_bits, signed_weights), Shape(activation_bits, signed_activations), products
            )
            check_reach(
                "accumulator_shape",
                self._accumulator_shape,
                (accumulations * reach[0], accumulations * reach[1]),
                f"{accumulations} operations of {precision.name}",
            )
        self._core = PrecisionScalablePipeline(
            signed_weights=signed_weights,
            signed_activations=signed_activations,
            accumulator_shape=self._accumulator_shape,
        )
        super().__init__(
            {
                "operands": In(stream.Signature(self._core.operands.shape())),
                "results": Out(stream.Signature(self._accumulator_shape)),
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

    @property
    def accumulator_shape(self) -> Shape:
        """Format of addend and result."""
        return self._accumulator_shape

    @property
    def accumulations(self) -> int:
        """How many operations' products a result adds up at most."""
        return self._accumulations

    def elaborate(self, platform: object) -> Module:
        """Put streams around the pipeline."""
        return streamed(self, self._core)
