"""The product of a small matrix and a vector as a unit of its own."""

from typing import Unpack

from amaranth.lib import data

from celosia.rtl.mac.matrix_product import MatrixProduct
from celosia.rtl.mac.product_unit import ProductOptions, ProductUnit


class MatrixVectorUnit(ProductUnit):
    """``results = addends + activations @ weights`` for one vector and K x N weights, once a cycle, as in NVDLA.

    A result appears ``latency`` cycles after its operands were taken, if results are taken whenever they are
    valid; while one is not, everything stands still. ``ready`` of the operands follows that of the results in
    the same cycle. Reset drops what is on its way.

    Parameters
    ----------
    rows, cols : int
        K, the length of the vector, and N, the number of sums; any positive numbers.
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
        ``weights[row][col]``, ``activations[row]``, ``addends[col]``.
    results : Out(stream)
        ``[col]``.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not of its kind or not positive, or ``accumulator_shape`` cannot hold every sum.
    """

    def __init__(self, *, rows: int, cols: int, **options: Unpack[ProductOptions]) -> None:
        core = MatrixProduct(vectors=1, rows=rows, cols=cols, **options)
        sums = data.ArrayLayout(core.accumulator_shape, cols)
        operands = data.StructLayout(
            {
                "weights": data.ArrayLayout(data.ArrayLayout(core.weight_shape, cols), rows),
                "activations": data.ArrayLayout(core.activation_shape, rows),
                "addends": sums,
            }
        )
        super().__init__(core, operands=operands, results=sums)
