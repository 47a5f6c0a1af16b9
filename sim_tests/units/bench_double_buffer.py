"""Double buffer: blocks of any length, in any order of addresses, through its streams."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage
from sim_tests.support.streams import BACK_TO_BACK, BLOCKED, STARVED, Traffic, exchange, expect_silence


class Blocks:
    """Accesses of both sides, block by block, and what must be read."""

    def __init__(self, random: np.random.Generator) -> None:
        given = parameters()
        self.random = random
        self.width: int = given["width"]
        self.depth: int = given["depth"]
        self.words: dict[int, int] = {}
        self.writes: list[int] = []
        self.reads: list[int] = []
        self.expected: list[int] = []

    def add(self, writes: int, reads: int) -> None:
        """A block of so many accesses to random words; each is written before it is read."""
        bits = max(1, (self.depth - 1).bit_length())
        order = self.random.permutation(self.depth)[:writes]
        self.words = {}
        for index, address in enumerate(order):
            word = int.from_bytes(self.random.bytes(-(-self.width // 8)), "little") % (1 << self.width)
            self.words[int(address)] = word
            last = index == len(order) - 1
            self.writes.append(int(address) | word << bits | last << bits + self.width)
        for index in range(reads):
            address = int(self.random.choice(order))
            self.reads.append(address | (index == reads - 1) << bits)
            self.expected.append(self.words[address])


async def begin(dut: Any) -> Blocks:
    """Reset."""
    await start(dut, write__valid=0, read__valid=0, data__ready=0)
    return Blocks(random_generator())


async def run(dut: Any, blocks: Blocks, traffic: Traffic) -> dict[str, list[tuple[int, int]]]:
    """All accesses, and the comparison."""
    inputs = {"write": blocks.writes, "read": blocks.reads}
    moved = await exchange(dut, inputs, {"data": len(blocks.expected)}, traffic)
    assert [word for _, word in moved["data"]] == blocks.expected
    return moved


@cocotb.test()
async def any_pace(dut: Any) -> None:
    """Blocks of one word up to all, with and without pauses on either side."""
    blocks = await begin(dut)
    both_full, both_empty = "a write that waits for reads", "a read that waits for writes"
    with Coverage(
        "a full block", "a block of one word", both_full, both_empty, BACK_TO_BACK, STARVED, BLOCKED
    ) as cover:

        def waits() -> None:
            cover.met(both_full, dut.write__valid.value == 1 and dut.write__ready.value == 0)
            cover.met(both_empty, dut.read__valid.value == 1 and dut.read__ready.value == 0)

        for idle, stall in ((0.0, 0.0), (0.5, 0.0), (0.0, 0.6)):
            part = Blocks(blocks.random)
            for index in range(15):
                writes = (1, part.depth)[index] if index < 2 else int(part.random.integers(1, part.depth + 1))
                cover.met("a block of one word", writes == 1)
                cover.met("a full block", writes == part.depth)
                part.add(writes, int(part.random.integers(1, 2 * part.depth + 1)))
            await run(
                dut, part, Traffic(part.random, idle=idle, stall=stall, coverage=cover, each_cycle=waits)
            )
        await expect_silence(dut, ["data"], 5)


@cocotb.test()
async def no_cycle_is_lost(dut: Any) -> None:
    """Blocks of one length: both sides move every cycle, the reads one block behind, data ``latency`` later."""
    blocks = await begin(dut)
    for _ in range(6):
        blocks.add(blocks.depth, blocks.depth)
    moved = await run(dut, blocks, Traffic(blocks.random))
    count = 6 * blocks.depth
    assert [cycle for cycle, _ in moved["write"]] == list(range(count))
    assert [cycle for cycle, _ in moved["read"]] == list(range(blocks.depth, blocks.depth + count))
    assert [cycle for cycle, _ in moved["data"]] == [cycle + 1 for cycle, _ in moved["read"]]


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """Reset gives both halves back to the writer."""
    blocks = await begin(dut)
    blocks.add(blocks.depth, 2)
    blocks.add(blocks.depth, 1)
    await exchange(
        dut, {"write": blocks.writes, "read": blocks.reads[:1]}, {"data": 0}, Traffic(blocks.random)
    )
    dut.rst.value = 1
    await RisingEdge(dut.clk)
    dut.rst.value = 0
    dut.data__ready.value = 1
    await expect_silence(dut, ["data"], 5)
    after = Blocks(blocks.random)
    after.add(after.depth, 4)
    after.add(1, 2)
    await run(dut, after, Traffic(blocks.random, idle=0.3))
