"""Formats of operands and sums, as the accelerator has them."""

from typing import Any

from amaranth.hdl import signed

from celosia.rtl.config import AcceleratorConfig


def operand_shapes() -> dict[str, Any]:
    """Settings of a unit with 8-bit operands."""
    return {"weight_shape": signed(8), "activation_shape": signed(8)}


def shapes(config: AcceleratorConfig) -> dict[str, Any]:
    """Settings of a unit with 8-bit operands and the accelerator's sums."""
    return {**operand_shapes(), "accumulator_shape": signed(config.accumulator_width)}
