"""Vector MAC, matrix-vector and matrix-matrix unit against NumPy, through their streams."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage
from sim_tests.support.numbers import Format, Numbers, draw, limits, pack, unpack, wrap
from sim_tests.support.streams import BACK_TO_BACK, BLOCKED, STARVED, Traffic, exchange, expect_silence


class Operations:
    """Makes operands, packs them, and knows the results."""

    def __init__(self, random: np.random.Generator) -> None:
        given = parameters()
        self.random = random
        self.vectors: int = given["vectors"]
        self.rows: int = given["rows"]
        self.cols: int = given["cols"]
        self.weight: Format = tuple(given["weight"])
        self.activation: Format = tuple(given["activation"])
        self.accumulator: Format = tuple(given["accumulator"])
        self.latency: int = given["latency"]
        self.operands: list[int] = []
        self.expected: list[list[int]] = []

    def add(self, weights: Numbers, activations: Numbers, addends: Numbers) -> Numbers:
        """One more operation; returns its result before it wraps."""
        fields = (weights, self.weight), (activations, self.activation), (addends, self.accumulator)
        bits = position = 0
        for values, form in fields:
            bits |= pack(values.ravel(), form) << position
            position += values.size * form[0]
        exact = addends + activations @ weights
        self.operands.append(bits)
        self.expected.append([wrap(int(value), self.accumulator) for value in exact.flat])
        return exact

    def draw(self) -> tuple[Numbers, Numbers, Numbers]:
        """Random operands."""
        return (
            draw(self.random, self.weight, (self.rows, self.cols)),
            draw(self.random, self.activation, (self.vectors, self.rows)),
            draw(self.random, self.accumulator, (self.vectors, self.cols)),
        )

    def check(self, results: list[tuple[int, int]]) -> None:
        """Compare every result."""
        count = self.vectors * self.cols
        for index, ((_, bits), expected) in enumerate(zip(results, self.expected, strict=True)):
            found = unpack(bits, self.accumulator, count)
            assert found == expected, f"operation {index} gave {found}, expected {expected}"


async def begin(dut: Any) -> Operations:
    """Reset the unit."""
    await start(dut, operands__valid=0, results__ready=0)
    return Operations(random_generator())


@cocotb.test()
async def corners(dut: Any) -> None:
    """Extreme operands, zeros, and accumulators at their limits, with and without pauses."""
    work = await begin(dut)
    low, high = limits(work.accumulator)
    corners = [
        (
            f"{w} weight, {a} activation",
            limits(work.weight)[w == "greatest"],
            limits(work.activation)[a == "greatest"],
        )
        for w in ("least", "greatest")
        for a in ("least", "greatest")
    ]
    integers = [form for form in (work.weight, work.activation) if form[1] != "b"]
    zeros = ["a zero beside another operand"] if integers else []
    names = [name for name, _, _ in corners]
    with Coverage(
        *names,
        *zeros,
        "result at the upper limit",
        "result at the lower limit",
        "result that wraps",
        BACK_TO_BACK,
        STARVED,
        BLOCKED,
    ) as cover:
        for name, weight, activation in corners:
            weights, activations, addends = work.draw()
            weights[:], activations[:] = weight, activation
            cover.met(name)
            sums = activations @ weights
            for limit, situation in ((low, "lower"), (high, "upper")):
                if low <= limit - sums.flat[0] <= high:
                    exact = work.add(weights, activations, limit - sums)
                    cover.met(f"result at the {situation} limit", bool((exact == limit).all()))
            addends[:] = high if sums.flat[0] > 0 else low
            exact = work.add(weights, activations, addends)
            cover.met("result that wraps", not low <= exact.flat[0] <= high)
        for _ in range(60):
            weights, activations, addends = work.draw()
            for values, form in ((weights, work.weight), (activations, work.activation)):
                if form[1] != "b":
                    some = work.random.random(values.shape) < 0.4
                    values[some] = 0
                    cover.met(zeros[0], bool(some.any() and weights.any() + activations.any()))
            work.add(weights, activations, addends)
        for _ in range(60):
            work.add(*work.draw())
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
    for _ in range(30):
        work.add(*work.draw())
    moved = await exchange(dut, {"operands": work.operands}, {"results": 30}, Traffic(work.random))
    assert [cycle for cycle, _ in moved["operands"]] == list(range(30))
    assert [cycle for cycle, _ in moved["results"]] == [work.latency + index for index in range(30)]
    work.check(moved["results"])


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """Reset drops every operation on its way, and the next one is not affected."""
    work = await begin(dut)
    for _ in range(work.latency):
        work.add(*work.draw())
    await exchange(dut, {"operands": work.operands}, {"results": 0}, Traffic(work.random))
    dut.rst.value = 1
    await RisingEdge(dut.clk)
    dut.rst.value = 0
    dut.results__ready.value = 1
    await expect_silence(dut, ["results"], 2 * work.latency)
    after = Operations(work.random)
    for _ in range(5):
        after.add(*after.draw())
    moved = await exchange(dut, {"operands": after.operands}, {"results": 5}, Traffic(work.random, idle=0.3))
    after.check(moved["results"])
