"""One multiply-accumulate."""

from amaranth.hdl import Module, Shape, ShapeLike, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.dot_product import DotProduct
from celosia.rtl.mac.operand import Format, operand_format
from celosia.rtl.mac.shape import integer_shape
from celosia.rtl.parameter import boolean


class ScalarMac(wiring.Component):
    """``result = addend + weight * activation``, once a cycle, wrapped to the accumulator's width.

    With an accumulator register, ``result`` fed back to ``addend`` accumulates over time, as in an
    output-stationary array or Eyeriss; ``addend`` from a neighbour makes it a cell of a TPU's
    weight-stationary array.

    Parameters
    ----------
    weight_shape, activation_shape : ShapeLike
        Formats of the operands: integers of any width, signed or unsigned, or ``Bipolar``, bits that mean -1
        and +1.
    accumulator_shape : ShapeLike
        Integer format of ``addend`` and ``result``.
    operand_register : bool
        Register ``weight`` and ``activation`` in front of the multiplier.
    accumulator_register : bool
        Register ``result``.

    Members
    -------
    weight : In(weight_shape)
        One factor.
    activation : In(activation_shape)
        The other factor.
    addend : In(accumulator_shape)
        What the product is added to; it must come ``addend_delay`` cycles after the factors.
    result : Out(accumulator_shape)
        The sum, ``latency`` cycles after the factors.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind.
    """

    def __init__(
        self,
        *,
        weight_shape: ShapeLike = signed(8),
        activation_shape: ShapeLike = signed(8),
        accumulator_shape: ShapeLike = signed(32),
        operand_register: bool = True,
        accumulator_register: bool = True,
    ) -> None:
        self._weight_shape = operand_format("weight_shape", weight_shape)
        self._activation_shape = operand_format("activation_shape", activation_shape)
        self._accumulator_shape = integer_shape("accumulator_shape", accumulator_shape)
        self._operand_register = boolean("operand_register", operand_register)
        self._accumulator_register = boolean("accumulator_register", accumulator_register)
        super().__init__(
            {
                "weight": In(self._weight_shape),
                "activation": In(self._activation_shape),
                "addend": In(self._accumulator_shape),
                "result": Out(self._accumulator_shape),
            }
        )

    @property
    def weight_shape(self) -> Format:
        """Format of ``weight``."""
        return self._weight_shape

    @property
    def activation_shape(self) -> Format:
        """Format of ``activation``."""
        return self._activation_shape

    @property
    def accumulator_shape(self) -> Shape:
        """Format of ``addend`` and ``result``."""
        return self._accumulator_shape

    @property
    def operand_register(self) -> bool:
        """Whether the factors are registered."""
        return self._operand_register

    @property
    def accumulator_register(self) -> bool:
        """Whether the result is registered."""
        return self._accumulator_register

    @property
    def addend_delay(self) -> int:
        """Cycles from the factors to the addend that joins their product: 1 or 2."""
        return self._operand_register + 1

    @property
    def latency(self) -> int:
        """Cycles from the factors to the result: 1 to 3."""
        return self.addend_delay + self._accumulator_register

    def elaborate(self, platform: object) -> Module:
        """Build a dot product of length 1 between the optional registers."""
        m = Module()
        m.submodules.product = product = DotProduct(
            length=1, weight_shape=self._weight_shape, activation_shape=self._activation_shape
        )
        weight, activation = self.weight, self.activation
        if self._operand_register:
            weight = Signal(self._weight_shape, name="weight_operand", reset_less=True)
            activation = Signal(self._activation_shape, name="activation_operand", reset_less=True)
            m.d.sync += [weight.eq(self.weight), activation.eq(self.activation)]
        m.d.comb += [product.weights[0].eq(weight), product.activations[0].eq(activation)]
        m.d["sync" if self._accumulator_register else "comb"] += self.result.eq(self.addend + product.sum)
        return m
