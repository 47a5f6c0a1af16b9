"""Random programs through command fetch, against their own list of records."""

from dataclasses import dataclass, field
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import ReadOnly, RisingEdge

from celosia.rtl.command import Engine, Opcode, record_words
from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage


@dataclass
class Received:
    """What came out for each engine, and which situations came up on the way."""

    cover: Coverage | None = None

    words: list[list[int]] = field(default_factory=lambda: [[] for _ in Engine])
    issued: list[int] = field(default_factory=lambda: [0 for _ in Engine])


def present_engines() -> list[Engine]:
    """The engines that the design has."""
    return [engine for engine in Engine if engine is not Engine.DEPTHWISE or parameters()["depthwise"]]


def random_program(
    generator: np.random.Generator, commands: int, last: int
) -> tuple[list[int], list[Engine]]:
    """Words of random records and a last word with opcode ``last``, and each record's engine."""
    present = present_engines()
    engines = [Engine(int(value)) for value in generator.integers(0, len(present), commands)]
    words = []
    for engine in engines:
        record = [int(value) for value in generator.integers(0, 1 << 63, record_words(engine.opcode))]
        record[0] = record[0] & ~0xF | engine.opcode.value
        words += record
    return [*words, last], engines


async def serve(dut: Any, program: list[int], received: Received, generator: np.random.Generator) -> None:
    """Be the program memory, with its register if it has one, and the queues, with random stalls."""
    address = addressed = 0
    # Icarus computes combinational logic only once one of its inputs has changed.
    await RisingEdge(dut.start)
    while True:
        given, addressed = addressed if parameters()["stages"] > 1 else address, address
        dut.read_data.value = program[given] if given < len(program) else 0
        for engine in Engine:
            getattr(dut, f"words__{engine}__ready").value = int(generator.random() < 0.8)
        await ReadOnly()
        if int(dut.read_enable.value):
            address = int(dut.read_address.value)
        issued = int(dut.issued.value)
        for engine in Engine:
            port = f"words__{engine}__"
            valid, ready = int(getattr(dut, port + "valid").value), int(getattr(dut, port + "ready").value)
            if valid and ready:
                received.words[engine].append(int(getattr(dut, port + "payload").value))
            if received.cover is not None and engine in present_engines():
                received.cover.met(f"a word for {engine.name}", bool(valid and ready))
                received.cover.met(f"{engine.name} is not ready", bool(valid and not ready))
            received.issued[engine] += issued >> engine & 1
        await RisingEdge(dut.clk)


def is_busy(dut: Any) -> bool:
    """Whether it fetches, or words wait for their queues."""
    return bool(int(dut.active.value)) or any(
        int(getattr(dut, f"words__{engine}__valid").value) for engine in Engine
    )


async def finish(dut: Any) -> None:
    """Wait until fetching has stopped and all words are in their queues."""
    for _ in range(20_000):
        if not is_busy(dut):
            return
        await RisingEdge(dut.clk)
    raise AssertionError("fetching did not stop")


async def run(dut: Any, *, limit: int = 0, rewind: bool = True) -> None:
    """Start, and wait until all is done."""
    dut.start.value, dut.rewind.value, dut.limit.value = 1, int(rewind), limit
    await RisingEdge(dut.clk)
    dut.start.value = 0
    await RisingEdge(dut.clk)
    await finish(dut)


async def prepare(dut: Any, commands: int, last: int) -> tuple[Received, list[int], list[Engine]]:
    """Reset, and serve a random program."""
    generator = random_generator()
    await start(dut, start=0, rewind=0, limit=0, read_data=1)
    # Icarus computes combinational logic only once one of its inputs has changed.
    dut.read_data.value = 0
    await RisingEdge(dut.clk)
    words, engines = random_program(generator, commands, last)
    received = Received()
    cocotb.start_soon(serve(dut, words, received, generator))
    for _ in range(4):  # a word of before the first start comes through all stages
        await RisingEdge(dut.clk)
    return received, words, engines


def expected_words(words: list[int], engines: list[Engine]) -> list[list[int]]:
    """The words each engine must get for the given first records of a program."""
    expected: list[list[int]] = [[] for _ in Engine]
    at = 0
    for engine in engines:
        size = record_words(engine.opcode)
        expected[engine] += words[at : at + size]
        at += size
    return expected


@cocotb.test()
async def whole_program(dut: Any) -> None:
    """Up to END, twice: a second start rewinds."""
    received, words, engines = await prepare(dut, 100, Opcode.END.value)
    names = [engine.name for engine in present_engines()]
    with Coverage(
        *(f"a word for {name}" for name in names), *(f"{name} is not ready" for name in names)
    ) as cover:
        received.cover = cover
        for _ in range(2):
            received.words[:] = [[] for _ in Engine]
            received.issued[:] = [0 for _ in Engine]
            await run(dut)
            assert received.words == expected_words(words, engines)
            assert received.issued == [engines.count(engine) for engine in Engine]
            assert int(dut.ended.value) == 1
            assert int(dut.unknown_opcode.value) == 0


@cocotb.test()
async def limited(dut: Any) -> None:
    """A limit stops after that many commands, and the next start goes on from there."""
    received, words, engines = await prepare(dut, 20, Opcode.END.value)
    done = 0
    for count in (1, 2, 5, 1):
        await run(dut, limit=count, rewind=done == 0)
        done += count
        assert received.words == expected_words(words, engines[:done])
        assert int(dut.ended.value) == 0
    await run(dut, rewind=False)
    assert received.words == expected_words(words, engines)
    assert int(dut.ended.value) == 1


@cocotb.test()
async def held_start(dut: Any) -> None:
    """A start that is held does nothing until fetching stops, and goes on at once then, whatever is on its way."""
    received, words, engines = await prepare(dut, 40, Opcode.END.value)
    dut.start.value, dut.rewind.value, dut.limit.value = 1, 0, 1
    for _ in range(20_000):
        await RisingEdge(dut.clk)
        if int(dut.ended.value):
            break
    dut.start.value = 0
    await RisingEdge(dut.clk)
    await finish(dut)
    assert received.words == expected_words(words, engines)
    assert received.issued == [engines.count(engine) for engine in Engine]


@cocotb.test()
async def unknown_opcode(dut: Any) -> None:
    """An opcode without an engine ends the program and is reported."""
    unknown = 0xF if parameters()["depthwise"] else Opcode.DEPTHWISE.value
    received, words, engines = await prepare(dut, 6, unknown)
    await run(dut)
    assert received.words == expected_words(words, engines)
    assert int(dut.ended.value) == 1
    assert int(dut.unknown_opcode.value) == 1


@cocotb.test()
async def empty_program(dut: Any) -> None:
    """A program that is only END hands nothing over."""
    received, _, _ = await prepare(dut, 0, Opcode.END.value)
    await run(dut)
    assert received.words == [[] for _ in Engine]
    assert int(dut.ended.value) == 1


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """A reset stops fetching, within a record or between two; the next start begins with the first one."""
    received, words, engines = await prepare(dut, 30, Opcode.END.value)
    for cycles in (1, 2, 3, 7, 20, 41):
        dut.start.value, dut.rewind.value, dut.limit.value = 1, 1, 0
        await RisingEdge(dut.clk)
        dut.start.value = 0
        for _ in range(cycles):
            await RisingEdge(dut.clk)
        dut.rst.value = 1
        await RisingEdge(dut.clk)
        dut.rst.value = 0
        await RisingEdge(dut.clk)
        assert not int(dut.active.value)
        received.words[:] = [[] for _ in Engine]
        await run(dut)
        assert received.words == expected_words(words, engines)
