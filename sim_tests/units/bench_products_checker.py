"""Lets the checker go through all operands."""

from typing import Any

import cocotb
from cocotb.triggers import ClockCycles

from sim_tests.support.bench import parameters, start

SETTLE_CYCLES = 16  # registers are reset to zeros, as are the products expected of them


@cocotb.test()
async def all_operands(dut: Any) -> None:
    """No product of all operands is wrong."""
    await start(dut, enable=0)
    await ClockCycles(dut.clk, SETTLE_CYCLES)
    before = int(dut.mismatches.value)
    dut.enable.value = 1
    steps = 1 << parameters()["step_bits"]
    await ClockCycles(dut.clk, steps + SETTLE_CYCLES)
    assert int(dut.steps.value) == steps
    wrong = int(dut.mismatches.value) - before
    assert wrong == 0, f"{wrong} cycles with wrong products on {parameters()['multiplier']}"
