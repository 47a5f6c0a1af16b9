"""Formats of operands and sums, as the accelerator has them."""

from typing import Any

from amaranth.hdl import signed


def operand_and_sum_shapes(accumulator_width: int) -> dict[str, Any]:
    """Settings of a unit with 8-bit operands and sums of ``accumulator_width`` bits."""
    return {
        "weight_shape": signed(8),
        "activation_shape": signed(8),
        "accumulator_shape": signed(accumulator_width),
    }
