"""Operand registers that rest while a product would be zero."""

from amaranth.hdl import Cat, Module, ShapeLike, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.operand import Bipolar, Format, operand_format


class ZeroGate(wiring.Component):
    """Register a pair of operands, unless one is zero: then keep the last pair and say so.

    What follows, above all the multiplier, does not toggle in a cycle whose product is known to be zero; the
    user of ``zero`` puts the zero in behind it. Eyeriss gates its multipliers in this way.

    Parameters
    ----------
    weight_shape, activation_shape : ShapeLike
        Formats of the operands: integers or, one of them at most, ``Bipolar``, which is never zero.

    Members
    -------
    weight : In(weight_shape)
        One factor.
    activation : In(activation_shape)
        The other.
    held_weight : Out(weight_shape)
        The factors of ``latency`` cycles ago or, if one of those was zero, of the last pair without a zero.
    held_activation : Out(activation_shape)
        Likewise.
    zero : Out(1)
        One of the factors ``latency`` cycles ago was zero.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind, or both formats are ``Bipolar``.
    """

    #: Cycles from the factors to the held ones.
    latency = 1

    def __init__(
        self, *, weight_shape: ShapeLike = signed(8), activation_shape: ShapeLike = signed(8)
    ) -> None:
        self._weight_shape = operand_format("weight_shape", weight_shape)
        self._activation_shape = operand_format("activation_shape", activation_shape)
        if self._weight_shape is Bipolar and self._activation_shape is Bipolar:
            raise ValueError("weight_shape or activation_shape must be an integer shape: Bipolar has no zero")
        super().__init__(
            {
                "weight": In(self._weight_shape),
                "activation": In(self._activation_shape),
                "held_weight": Out(self._weight_shape),
                "held_activation": Out(self._activation_shape),
                "zero": Out(1),
            }
        )

    @property
    def weight_shape(self) -> Format:
        """Format of a weight."""
        return self._weight_shape

    @property
    def activation_shape(self) -> Format:
        """Format of an activation."""
        return self._activation_shape

    def elaborate(self, platform: object) -> Module:
        """Two registers with one enable."""
        m = Module()
        operands = (self.weight, self._weight_shape), (self.activation, self._activation_shape)
        zero = Cat(operand == 0 for operand, form in operands if form is not Bipolar).any()
        m.d.sync += self.zero.eq(zero)
        with m.If(~zero):
            m.d.sync += [self.held_weight.eq(self.weight), self.held_activation.eq(self.activation)]
        return m
