"""Bench of the Requantizer."""

import itertools
from collections.abc import Iterable
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage

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
MOST_NEGATIVE = (LOWEST, HIGHEST)

CORNERS = (
    "a result that saturates low",
    "a result that saturates high",
    "two roundings of a negative value",
    "the least value times the greatest multiplier",
    "a multiplier of zero",
)

Operands = tuple[int, int, int, int]


def requantize(value: int, multiplier: int, shift: int, rounding: int) -> int:
    """The formula of docs/machine.md, in integers of any size."""
    constant = 1 << shift - 1
    if rounding == DOUBLE and shift > 31:
        constant += 1 << 30 if value >= 0 else -1 << 30
    return (value * multiplier + constant) >> shift


async def check(dut: Any, operands: Iterable[Operands], cover: Coverage | None = None) -> None:
    """Feed operands, one a cycle, and compare each result ``latency`` cycles later."""
    width, latency = parameters()["result_width"], parameters()["latency"]
    low, high = -1 << width - 1, (1 << width - 1) - 1
    expected: list[tuple[Operands, int]] = []
    for cycle, item in enumerate(itertools.chain(operands, [(0, 0, 1, 0)] * (latency + 1))):
        if cycle > latency:  # what was set after an edge is taken at the next one
            given, wanted = expected[cycle - latency - 1]
            found = dut.result.value.to_signed()
            assert found == wanted, f"{given} gave {found}, not {wanted}"
        value, multiplier, shift, rounding = item
        exact = requantize(*item)
        expected.append((item, min(max(exact, low), high)))
        if cover is not None:
            cover.met("a result that saturates low", exact < low)
            cover.met("a result that saturates high", exact > high)
            cover.met("two roundings of a negative value", value < 0 and rounding == DOUBLE and shift > 31)
            cover.met("the least value times the greatest multiplier", (value, multiplier) == MOST_NEGATIVE)
            cover.met("a multiplier of zero", multiplier == 0)
        dut.value.value = value & 0xFFFF_FFFF
        dut.multiplier.value = multiplier
        dut.shift.value = shift
        dut.rounding.value = rounding
        await RisingEdge(dut.clk)


@cocotb.test()
async def corners(dut: Any) -> None:
    """Extremes of every operand, all shifts, both roundings."""
    with Coverage(*CORNERS) as cover:
        await start(dut, value=0, multiplier=0, shift=1, rounding=0)
        await check(dut, itertools.product(VALUES, MULTIPLIERS, range(1, 63), (DOUBLE, SINGLE)), cover)


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
    await start(dut, value=0, multiplier=0, shift=1, rounding=0)
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
    await start(dut, value=0, multiplier=0, shift=1, rounding=0)
    await check(dut, operands)


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """Operands right after a reset give their results, whatever was under way before."""
    await start(dut, value=0, multiplier=0, shift=1, rounding=0)
    for cycles in range(1, parameters()["latency"] + 1):
        dut.value.value, dut.multiplier.value, dut.shift.value = HIGHEST, HIGHEST, 1
        await ClockCycles(dut.clk, cycles)
        dut.rst.value = 1
        await RisingEdge(dut.clk)
        dut.rst.value = 0
        await check(dut, itertools.product(VALUES, MULTIPLIERS, (31,), (DOUBLE, SINGLE)))
