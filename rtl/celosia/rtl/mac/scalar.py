"""One multiply-accumulate as a unit of its own."""

from typing import Unpack

from amaranth.lib import data

from celosia.rtl.mac.matrix_product import MatrixProduct
from celosia.rtl.mac.product_unit import ProductOptions, ProductUnit


class ScalarMac(ProductUnit):
    """``result = addend + weight * activation``, once a cycle.

    With results fed back as addends it accumulates over time, as in an output-stationary array or Eyeriss;
    with addends from a neighbour it is a cell of a TPU's weight-stationary array.

    A result appears ``latency`` cycles after its operands were taken, if results are taken whenever they are
    valid; while one is not, everything stands still. ``ready`` of the operands follows that of the results in
    the same cycle. Reset drops what is on its way.

    Parameters
    ----------
    weight_shape, activation_shape : ShapeLike
        Formats of the operands: integers of any width, signed or unsigned, or ``Bipolar``, bits that mean -1
        and +1.
    accumulator_shape : ShapeLike
        Integer format of addends and results.
    accumulations : int
        How many operations' products a result adds up at most: its own, and those already in its addend. The
        accumulator must hold every such sum; beyond, it wraps.
    operand_register, accumulator_register : bool
        Register the operands in front of the multiplier, and the results: a cycle of latency each.
    zero_gating : bool
        Hold the operands while one of them is zero, so that the multiplier does not toggle; takes
        ``operand_register``.

    Members
    -------
    operands : In(stream)
        ``weight``, ``activation`` and ``addend``.
    results : Out(stream)
        The sum.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind, or ``accumulator_shape`` cannot hold every sum.
    """

    def __init__(self, **options: Unpack[ProductOptions]) -> None:
        core = MatrixProduct(vectors=1, rows=1, cols=1, **options)
        operands = data.StructLayout(
            {
                "weight": core.weight_shape,
                "activation": core.activation_shape,
                "addend": core.accumulator_shape,
            }
        )
        super().__init__(core, operands=operands, results=core.accumulator_shape)
