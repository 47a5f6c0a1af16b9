"""A dot product as a unit of its own."""

from typing import Unpack

from amaranth.lib import data

from celosia.rtl.mac.matrix_product import MatrixProduct
from celosia.rtl.mac.product_unit import ProductOptions, ProductUnit
from celosia.rtl.parameter import positive_integer


class VectorMac(ProductUnit):
    """``result = addend + sum of weights * activations``, once a cycle, as in MAGNet's and Simba's vector MACs.

    A result appears ``latency`` cycles after its operands were taken, if results are taken whenever they are
    valid; while one is not, everything stands still. ``ready`` of the operands follows that of the results in
    the same cycle. Reset drops what is on its way.

    Parameters
    ----------
    length : int
        Number of products, K; any positive number.
    weight_shape, activation_shape : ShapeLike
        Formats of the operands: integers of any width, signed or unsigned, or ``Bipolar``, bits that mean -1
        and +1.
    accumulator_shape : ShapeLike
        Integer format of addends and results.
    accumulations : int
        How many operations' products a result adds up at most: its own, and those already in its addend. The
        accumulator must hold every such sum; beyond, it wraps.
    operand_register, accumulator_register : bool
        Register the operands in front of the multipliers, and the results: a cycle of latency each.
    zero_gating : bool
        Hold the operands of a multiplier while one of them is zero, so that it does not toggle; takes
        ``operand_register``.

    Members
    -------
    operands : In(stream)
        ``weights[i]``, ``activations[i]`` and ``addend``.
    results : Out(stream)
        The sum.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind or not positive, or ``accumulator_shape`` cannot hold every sum.
    """

    def __init__(self, *, length: int, **options: Unpack[ProductOptions]) -> None:
        positive_integer("length", length)
        core = MatrixProduct(vectors=1, rows=length, cols=1, **options)
        operands = data.StructLayout(
            {
                "weights": data.ArrayLayout(core.weight_shape, length),
                "activations": data.ArrayLayout(core.activation_shape, length),
                "addend": core.accumulator_shape,
            }
        )
        super().__init__(core, operands=operands, results=core.accumulator_shape)
