"""Multiply-accumulate units."""

from amaranth.hdl import signed

from celosia.generators.unit import Unit
from celosia.generators.units.shapes import operand_and_sum_shapes

UNITS = (
    Unit(
        "scalar_mac",
        "one multiply-accumulate",
        "celosia.rtl.mac.scalar:ScalarMac",
        lambda c: {
            **operand_and_sum_shapes(c.accumulator_width),
            "operand_register": True,
            "accumulator_register": True,
        },
    ),
    Unit(
        "dot_product",
        "products of two vectors, summed by a registered adder tree",
        "celosia.rtl.mac.dot_product:DotProduct",
        lambda c: {"length": c.rows, "weight_shape": signed(8), "activation_shape": signed(8)},
    ),
)
