"""Program words into a command queue, whole records out."""

from typing import Any

import cocotb
from amaranth.hdl import Shape
from cocotb.triggers import ReadOnly, RisingEdge

from celosia.rtl.command import PROGRAM_WORD_BITS, RECORDS, Opcode, record_words
from sim_tests.support.bench import get, parameters, put, random_generator, start
from sim_tests.support.coverage import Coverage
from sim_tests.support.streams import BLOCKED, STARVED, Traffic, exchange, expect_silence

RECORD_COUNT = 40


def random_words(generator: Any, count: int) -> list[int]:
    """Random program words."""
    return [int.from_bytes(generator.bytes(PROGRAM_WORD_BITS // 8), "little") for _ in range(count)]


def expected_records(words: list[int], opcode: Opcode) -> list[int]:
    """The payloads that the words make up."""
    size = record_words(opcode)
    mask = (1 << Shape.cast(RECORDS[opcode]).width) - 1
    return [
        sum(word << PROGRAM_WORD_BITS * index for index, word in enumerate(words[at : at + size])) & mask
        for at in range(0, len(words), size)
    ]


@cocotb.test()
async def records_in_order(dut: Any) -> None:
    """Random stalls on both sides change nothing."""
    generator = random_generator()
    opcode = Opcode[parameters()["opcode"]]
    await start(dut, words__valid=0, words__payload=0, command__ready=0)
    full, empty = "words that wait for room", "an empty queue"
    with Coverage(full, empty, STARVED, BLOCKED) as cover:

        def waits() -> None:
            cover.met(full, dut.words__valid.value == 1 and dut.words__ready.value == 0)
            cover.met(empty, dut.command__ready.value == 1 and dut.command__valid.value == 0)

        for idle, stall in ((0.0, 0.0), (0.6, 0.0), (0.0, 0.95), (0.5, 0.7)):
            words = random_words(generator, RECORD_COUNT * record_words(opcode))
            traffic = Traffic(generator, idle=idle, stall=stall, coverage=cover, each_cycle=waits)
            moved = await exchange(dut, {"words": words}, {"command": RECORD_COUNT}, traffic)
            assert [record for _, record in moved["command"]] == expected_records(words, opcode)
    await expect_silence(dut, ["command"], 5)


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """A reset forgets whole records and begun ones; the next word is a record's first."""
    generator = random_generator()
    opcode, depth = Opcode[parameters()["opcode"]], parameters()["depth"]
    await start(dut, words__valid=0, words__payload=0, command__ready=0)
    size = record_words(opcode)
    for count in range(1, min(depth + 1, 2) * size):  # there is room for these, though nobody takes any
        for word in random_words(generator, count):
            await put(dut, "words", word)
        dut.rst.value = 1
        await RisingEdge(dut.clk)
        dut.rst.value = 0
        await expect_silence(dut, ["command"], 2 * size)
        words = random_words(generator, 2 * size)
        moved = await exchange(dut, {"words": words}, {"command": 2}, Traffic(generator))
        assert [record for _, record in moved["command"]] == expected_records(words, opcode)


@cocotb.test()
async def holds_its_depth(dut: Any) -> None:
    """With nobody taking, it swallows at least ``depth`` records and then stops accepting."""
    generator = random_generator()
    opcode, depth = Opcode[parameters()["opcode"]], parameters()["depth"]
    await start(dut, words__valid=0, words__payload=0, command__ready=0)
    size = record_words(opcode)
    words = random_words(generator, (depth + 3) * size)
    taken = 0
    dut.words__valid.value = 1
    for _ in range(4 * (depth + 3) * size):
        dut.words__payload.value = words[min(taken, len(words) - 1)]
        await ReadOnly()
        ready = int(dut.words__ready.value)
        await RisingEdge(dut.clk)
        taken += ready
    assert (depth + 1) * size <= taken < (depth + 2) * size
    dut.words__valid.value = 0
    for expected in expected_records(words, opcode)[: depth + 1]:
        assert await get(dut, "command") == expected
