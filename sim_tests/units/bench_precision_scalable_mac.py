"""Precision-scalable MAC against NumPy: all four precisions, mixed, through its streams."""

from itertools import pairwise
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage
from sim_tests.support.numbers import Format, draw, limits, pack, unpack, wrap
from sim_tests.support.streams import BACK_TO_BACK, BLOCKED, STARVED, Traffic, exchange, expect_silence

#: Products, bits of a weight, bits of an activation, in the order of the encoding.
PRECISIONS = [(1, 8, 8), (2, 4, 8), (4, 4, 4), (8, 2, 2)]


class Operations:
    """Makes operands and knows the results."""

    def __init__(self, random: np.random.Generator) -> None:
        given = parameters()
        self.random = random
        self.weight_kind: str = given["weight_kind"]
        self.activation_kind: str = given["activation_kind"]
        self.accumulator: Format = tuple(given["accumulator"])
        self.latency: int = given["latency"]
        self.operands: list[int] = []
        self.expected: list[int] = []

    def add(self, precision: int, corner: tuple[int, int] | None = None, limit: int | None = None) -> int:
        """One more operation; bits that it has no use for are rubbish. Returns the exact result."""
        products, weight_bits, activation_bits = PRECISIONS[precision]
        packed = []
        factors = []
        for index, form in enumerate(
            ((weight_bits, self.weight_kind), (activation_bits, self.activation_kind))
        ):
            values = draw(self.random, form, products)
            if corner is not None:
                values[:] = limits(form)[corner[index]]
            used = products * form[0]
            rubbish = int(self.random.integers(0, 1 << 16 - used))
            packed.append(rubbish << used | pack(values, form))
            factors.append(values)
        exact = int(factors[0] @ factors[1])
        addend = int(draw(self.random, self.accumulator, 1)[0])
        if limit is not None:
            addend = limits(self.accumulator)[limit] - exact
        word = precision | packed[0] << 2 | packed[1] << 18 | pack([addend], self.accumulator) << 34
        self.operands.append(word)
        self.expected.append(wrap(addend + exact, self.accumulator))
        return addend + exact

    def check(self, results: list[tuple[int, int]]) -> None:
        """Compare every result."""
        for index, ((_, word), expected) in enumerate(zip(results, self.expected, strict=True)):
            (found,) = unpack(word, self.accumulator, 1)
            precision = PRECISIONS[self.operands[index] & 3]
            assert found == expected, f"operation {index}, {precision}: {found}, not {expected}"


async def begin(dut: Any) -> Operations:
    """Reset the unit."""
    await start(dut, operands__valid=0, results__ready=0)
    return Operations(random_generator())


@cocotb.test()
async def corners(dut: Any) -> None:
    """Each precision after each other, extreme operands and sums, with and without pauses."""
    work = await begin(dut)
    changes = [f"{before} then {after}" for before in range(4) for after in range(4)]
    with Coverage(*changes, "upper limit", "lower limit", BACK_TO_BACK, STARVED, BLOCKED) as cover:
        order = [int(precision) for precision in work.random.integers(0, 4, 180)]
        order += [0, 0, 1, 1, 2, 2, 3, 3, 0, 2, 0, 3, 1, 0, 1, 3, 2, 1, 2, 3]  # every change, at least once
        for before, after in pairwise(order):
            cover.met(f"{before} then {after}")
        for precision in order:
            work.add(precision)
        for precision in range(4):
            for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
                work.add(precision, corner)
            low, high = limits(work.accumulator)
            if work.weight_kind == work.activation_kind == "s":
                cover.met("lower limit", work.add(precision, (0, 1), 0) == low)
            else:
                cover.met("lower limit", work.add(precision, (0, 0), 0) == low)
            cover.met(
                "upper limit", work.add(precision, (0, 0) if work.weight_kind == "s" else (1, 1), 1) == high
            )
        third = len(work.operands) // 3
        results = []
        for part, (idle, stall) in enumerate([(0.0, 0.0), (0.6, 0.1), (0.1, 0.6)]):
            sent = work.operands[part * third : (part + 1) * third if part < 2 else None]
            traffic = Traffic(work.random, idle=idle, stall=stall, coverage=cover)
            moved = await exchange(dut, {"operands": sent}, {"results": len(sent)}, traffic)
            results += moved["results"]
        await expect_silence(dut, ["results"], 2 * work.latency)
        work.check(results)


@cocotb.test()
async def one_result_a_cycle(dut: Any) -> None:
    """Nobody waits: each result comes ``latency`` cycles after its operands, one in every cycle."""
    work = await begin(dut)
    for index in range(32):
        work.add(index % 4)
    moved = await exchange(dut, {"operands": work.operands}, {"results": 32}, Traffic(work.random))
    assert [cycle for cycle, _ in moved["operands"]] == list(range(32))
    assert [cycle for cycle, _ in moved["results"]] == [work.latency + index for index in range(32)]
    work.check(moved["results"])


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """Reset drops every operation on its way."""
    work = await begin(dut)
    for _ in range(work.latency):
        work.add(0)
    await exchange(dut, {"operands": work.operands}, {"results": 0}, Traffic(work.random))
    dut.rst.value = 1
    await RisingEdge(dut.clk)
    dut.rst.value = 0
    dut.results__ready.value = 1
    await expect_silence(dut, ["results"], 2 * work.latency)
