"""Formats of operands: integers, and bits that mean -1 and +1; and how far results can reach."""

from amaranth.hdl import Mux, Shape, ShapeLike, Value, signed, unsigned
from amaranth.lib import enum

from celosia.rtl.mac.shape import integer_shape
from celosia.rtl.parameter import boolean


class Bipolar(enum.Enum, shape=1):
    """One bit that means -1 or +1, as binary networks use it (XNOR-Net, FINN)."""

    MINUS_ONE = 0
    PLUS_ONE = 1


#: An operand's format: what ``integer_shape`` returns, or :class:`Bipolar`.
Format = Shape | type[Bipolar]

Limits = tuple[int, int]


def operand_format(name: str, shape: ShapeLike) -> Format:
    """``shape`` if it is :class:`Bipolar`, otherwise what ``integer_shape`` says about it."""
    return Bipolar if shape is Bipolar else integer_shape(name, shape)


def operand_limits(form: Format) -> Limits:
    """Least and greatest value of a format."""
    if not isinstance(form, Shape):
        return -1, 1
    if form.signed:
        return -(1 << form.width - 1), (1 << form.width - 1) - 1
    return 0, (1 << form.width) - 1


def sum_limits(weight: Format, activation: Format, products: int) -> Limits:
    """Least and greatest sum of as many products of the two formats."""
    corners = [w * a for w in operand_limits(weight) for a in operand_limits(activation)]
    return products * min(corners), products * max(corners)


def shape_between(limits: Limits) -> Shape:
    """The narrowest integer format that holds every value between two limits."""
    low, high = limits
    if low < 0:
        return signed(1 + max((-low - 1).bit_length(), high.bit_length()))
    return unsigned(max(1, high.bit_length()))


def check_reach(name: str, shape: Shape, limits: Limits, reason: str) -> None:
    """Raise ``ValueError`` unless ``shape``, the parameter ``name``, holds everything between the limits."""
    low, high = operand_limits(shape)
    if limits[0] < low or limits[1] > high:
        raise ValueError(f"{name} must hold {limits[0]} to {limits[1]}, which {reason} reach, not {shape!r}")


def check_gating(zero_gating: bool, weight: Format, activation: Format) -> bool:
    """``zero_gating`` if it is a bool, and if it is set, some operand can be zero; otherwise raise."""
    if boolean("zero_gating", zero_gating) and weight is activation is Bipolar:
        raise ValueError("zero_gating must be False, not True: Bipolar operands are never zero")
    return zero_gating


def product(weight: Value, weight_format: Format, activation: Value, activation_format: Format) -> Value:
    """The product of two operands of which at most one is bipolar: that one only chooses a sign.

    A bit that means 0 or 1 is a gate, for which synthesis tools would take a multiplier block.
    """
    if weight_format is Bipolar:
        return Mux(weight, activation, -activation)
    if activation_format is Bipolar:
        return Mux(activation, weight, -weight)
    if weight_format == unsigned(1):
        return Mux(weight, activation, 0)
    if activation_format == unsigned(1):
        return Mux(activation, weight, 0)
    return weight * activation
