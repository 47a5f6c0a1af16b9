"""Bit-serial MAC against NumPy: weights of every width, through its streams."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage
from sim_tests.support.numbers import Format, draw, limits, pack, unpack, wrap
from sim_tests.support.streams import BACK_TO_BACK, BLOCKED, STARVED, Traffic, exchange, expect_silence


class Operations:
    """Makes operands and knows the results."""

    def __init__(self, random: np.random.Generator) -> None:
        given = parameters()
        self.random = random
        self.length: int = given["length"]
        self.weight: Format = tuple(given["weight"])
        self.activation: Format = tuple(given["activation"])
        self.accumulator: Format = tuple(given["accumulator"])
        self.latency: int = given["latency"]
        self.operands: list[int] = []
        self.expected: list[int] = []
        self.bits: list[int] = []

    def add(self, bits: int, *, extreme: bool = False, limit: int | None = None) -> int:
        """One more operation on weights of so many bits, whose upper bits are rubbish."""
        width, kind = self.weight
        narrow = bits, kind
        weights = draw(self.random, narrow, self.length)
        activations = draw(self.random, self.activation, self.length)
        addend = int(draw(self.random, self.accumulator, 1)[0])
        if extreme:
            weights[:] = self.random.choice(limits(narrow))
            activations[:] = self.random.choice(limits(self.activation))
        exact = int(weights @ activations)
        if limit is not None:
            addend = limits(self.accumulator)[limit] - exact
        rubbish = self.random.integers(0, 1 << width - bits, self.length)
        padded = [int(r) << bits | pack([int(w)], narrow) for r, w in zip(rubbish, weights, strict=True)]
        fields = (
            (pack(padded, (width, "u")), width * self.length),
            (pack(activations, self.activation), self.activation[0] * self.length),
            (pack([addend], self.accumulator), self.accumulator[0]),
            (bits, width.bit_length()),
        )
        word = position = 0
        for value, size in fields:
            word |= value << position
            position += size
        self.operands.append(word)
        self.expected.append(wrap(addend + exact, self.accumulator))
        self.bits.append(bits)
        return addend + exact

    def check(self, results: list[tuple[int, int]]) -> None:
        """Compare every result."""
        for index, ((_, word), expected) in enumerate(zip(results, self.expected, strict=True)):
            (found,) = unpack(word, self.accumulator, 1)
            assert found == expected, f"operation {index} of {self.bits[index]} bits: {found}, not {expected}"


async def begin(dut: Any) -> Operations:
    """Reset the unit."""
    await start(dut, operands__valid=0, results__ready=0)
    return Operations(random_generator())


@cocotb.test()
async def corners(dut: Any) -> None:
    """Every width of weights, extreme operands and sums, with and without pauses."""
    work = await begin(dut)
    width = work.weight[0]
    widths = [f"weights of {bits} bits" for bits in range(1, width + 1)]
    with Coverage(*widths, "upper limit", "lower limit", BACK_TO_BACK, STARVED, BLOCKED) as cover:
        for bits in range(1, width + 1):
            for _ in range(4):
                work.add(bits)
                work.add(bits, extreme=True)
                cover.met(widths[bits - 1])
        cover.met("lower limit", work.add(width, limit=0) == limits(work.accumulator)[0])
        cover.met("upper limit", work.add(width, limit=1) == limits(work.accumulator)[1])
        for _ in range(20):
            work.add(int(work.random.integers(1, width + 1)))
        for _ in range(10):
            work.add(1)
        results = []
        for idle, stall in [(0.0, 0.0), (0.6, 0.1), (0.1, 0.6)]:
            traffic = Traffic(work.random, idle=idle, stall=stall, coverage=cover)
            count = len(work.operands)
            moved = await exchange(dut, {"operands": work.operands}, {"results": count}, traffic)
            results.append(moved["results"])
        await expect_silence(dut, ["results"], 2 * (work.latency + width))
        for part in results:
            work.check(part)


@cocotb.test()
async def one_bit_a_cycle(dut: Any) -> None:
    """Nobody waits: an operation takes as many cycles as its weights have bits, and ``latency`` for the rest."""
    work = await begin(dut)
    for _ in range(20):
        work.add(int(work.random.integers(1, work.weight[0] + 1)))
    moved = await exchange(dut, {"operands": work.operands}, {"results": 20}, Traffic(work.random))
    last_planes = np.cumsum(work.bits) - 1
    assert [cycle for cycle, _ in moved["operands"]] == last_planes.tolist()
    assert [cycle for cycle, _ in moved["results"]] == (last_planes + work.latency).tolist()
    work.check(moved["results"])


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """Reset drops every operation on its way, the one that is half done too."""
    work = await begin(dut)
    width = work.weight[0]
    work.add(width)
    work.add(width)
    await exchange(dut, {"operands": work.operands[:1]}, {"results": 0}, Traffic(work.random))
    dut.operands__payload.value = work.operands[1]
    dut.operands__valid.value = 1
    for _ in range(width // 2):
        await RisingEdge(dut.clk)
    dut.rst.value = 1
    dut.operands__valid.value = 0
    await RisingEdge(dut.clk)
    dut.rst.value = 0
    dut.results__ready.value = 1
    await expect_silence(dut, ["results"], 2 * (work.latency + width))
    after = Operations(work.random)
    for _ in range(5):
        after.add(width)
    moved = await exchange(dut, {"operands": after.operands}, {"results": 5}, Traffic(work.random, idle=0.3))
    after.check(moved["results"])
