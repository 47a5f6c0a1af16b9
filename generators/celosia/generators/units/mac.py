"""Multiply-accumulate units."""

from amaranth.hdl import signed

from celosia.generators.unit import Unit
from celosia.generators.units.shapes import operand_shapes, shapes

#: What scalar and vector MAC, matrix-vector and matrix-matrix unit have in common.
OPTIONS = {
    "accumulations": 1,
    "operand_register": True,
    "accumulator_register": True,
    "zero_gating": False,
}

UNITS = (
    Unit(
        "scalar_mac",
        "one multiply-accumulate, with streams",
        "celosia.rtl.mac.scalar:ScalarMac",
        lambda c: {**shapes(c), **OPTIONS},
    ),
    Unit(
        "vector_mac",
        "a dot product plus a partial sum, with streams",
        "celosia.rtl.mac.vector_mac:VectorMac",
        lambda c: {"length": c.rows, **shapes(c), **OPTIONS},
    ),
    Unit(
        "matrix_vector_unit",
        "a matrix times a vector plus partial sums, with streams",
        "celosia.rtl.mac.matrix_vector:MatrixVectorUnit",
        lambda c: {"rows": c.rows, "cols": c.cols, **shapes(c), **OPTIONS},
    ),
    Unit(
        "matrix_matrix_unit",
        "a matrix times a matrix plus partial sums, with streams",
        "celosia.rtl.mac.matrix_matrix:MatrixMatrixUnit",
        lambda c: {"vectors": 4, "rows": 4, "cols": 4, **shapes(c), **OPTIONS},
    ),
    Unit(
        "bit_serial_mac",
        "a dot product, one bit of the weights a cycle",
        "celosia.rtl.mac.bit_serial:BitSerialMac",
        lambda c: {"length": c.rows, **shapes(c), "accumulations": 1},
    ),
    Unit(
        "precision_scalable_mac",
        "one 8 x 8, two 4 x 8, four 4 x 4 or eight 2 x 2-bit products a cycle",
        "celosia.rtl.mac.precision_scalable:PrecisionScalableMac",
        lambda c: {
            "signed_weights": True,
            "signed_activations": True,
            "accumulator_shape": signed(c.accumulator_width),
            "accumulations": 1,
        },
    ),
    Unit(
        "dot_product",
        "products of two vectors, summed by a registered adder tree",
        "celosia.rtl.mac.dot_product:DotProduct",
        lambda c: {"length": c.rows, **operand_shapes(), "zero_gating": False},
    ),
)
