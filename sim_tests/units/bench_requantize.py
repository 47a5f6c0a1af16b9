"""Bench of the Requantizer."""

import itertools
from collections.abc import Iterable
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from celosia.rtl.engine.requantize import Requantizer
from sim_tests.support.bench import parameters, random_generator, start

LOWEST, HIGHEST = -(1 << 31), (1 << 31) - 1
VALUES = (
    LOWEST,
    LOWEST + 1,
    -(1 << 30),
    -(1 << 16),
    -65535,
    -2,
    -1,
    0,
    1,
    2,
    65535,
    1 << 16,
    1 << 30,
    HIGHEST,
)
MULTIPLIERS = (0, 1, 1 << 16, 1 << 30, (1 << 30) + 1, (1 << 31) - 1)
DOUBLE, SINGLE = 0, 1

Operands = tuple[int, int, int, int]


def requantize(value: int, multiplier: int, shift: int, rounding: int) -> int:
    """The formula of docs/machine.md, in integers of any size."""
    constant = 1 << shift - 1
    if rounding == DOUBLE and shift > 31:
        constant += 1 << 30 if value >= 0 else -1 << 30
    return (value * multiplier + constant) >> shift


async def check(dut: Any, operands: Iterable[Operands]) -> None:
    """Feed operands, one a cycle, and compare each result ``latency`` cycles later."""
    width = parameters()["result_width"]
    low, high = -1 << width - 1, (1 << width - 1) - 1
    await start(dut, value=0, multiplier=0, shift=1, rounding=0)
    expected: list[tuple[Operands, int]] = []
    for cycle, item in enumerate(itertools.chain(operands, [(0, 0, 1, 0)] * (Requantizer.latency + 1))):
        if cycle > Requantizer.latency:  # what was set after an edge is taken at the next one
            given, wanted = expected[cycle - Requantizer.latency - 1]
            found = dut.result.value.to_signed()
            assert found == wanted, f"{given} gave {found}, not {wanted}"
        value, multiplier, shift, rounding = item
        expected.append((item, min(max(requantize(*item), low), high)))
        dut.value.value = value & 0xFFFF_FFFF
        dut.multiplier.value = multiplier
        dut.shift.value = shift
        dut.rounding.value = rounding
        await RisingEdge(dut.clk)


@cocotb.test()
async def corners(dut: Any) -> None:
    """Extremes of every operand, all shifts, both roundings."""
    await check(dut, itertools.product(VALUES, MULTIPLIERS, range(1, 63), (DOUBLE, SINGLE)))


@cocotb.test()
async def ties(dut: Any) -> None:
    """Products that lie exactly on, or one beside, the rounding points of the two roundings."""
    operands = [
        (sign * ((1 << scale) * odd + beside), 1 << 30, shift, rounding)
        for shift in range(30, 63)
        for scale in range(max(0, shift - 32), max(1, min(31, shift - 29)))
        for odd in (1, 3, 5)
        for sign, beside, rounding in itertools.product((-1, 1), (-1, 0, 1), (DOUBLE, SINGLE))
        if (1 << scale) * odd < HIGHEST
    ]
    await check(dut, operands)


@cocotb.test()
async def random_operands(dut: Any) -> None:
    """Values of every magnitude, multipliers as TFLite makes them and any other."""
    generator = random_generator()
    operands = []
    for _ in range(parameters()["operands"]):
        value = int(generator.integers(LOWEST, HIGHEST + 1)) >> int(generator.integers(0, 32))
        multiplier = int(generator.integers(1 << 30 if generator.random() < 0.7 else 0, 1 << 31))
        operands.append((value, multiplier, int(generator.integers(1, 63)), int(generator.integers(0, 2))))
    await check(dut, operands)
