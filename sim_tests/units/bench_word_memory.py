"""A memory of wide words: what the host writes, the host and the engine read.

Parameters: ``words``, ``stride`` (bytes), ``bus_width``, ``latency`` of the engine's reads, and ``fields``: offset and
width, in bits of the host's image of a word, of each field of the engine's word, lowest first.
"""

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage

MAXIMUM_HOST_LATENCY = 4


class Model:
    """The memory's image as the host sees it, bits that no field holds included as zeros."""

    def __init__(self, dut: Any) -> None:
        given = parameters()
        self.dut = dut
        self.words: int = given["words"]
        self.stride: int = given["stride"]
        self.bus_bytes: int = given["bus_width"] // 8
        self.latency: int = given["latency"]
        self.fields: list[tuple[int, int]] = [(offset, width) for offset, width in given["fields"]]
        self.held = sum(((1 << width) - 1) << offset for offset, width in self.fields)
        self.random = random_generator()
        self.images = [0] * self.words

    async def start(self) -> None:
        """Release reset and write every bus word, as the memory keeps what earlier tests left."""
        await start(self.dut, host__read=0, host__write=0, read__enable=0)
        for address in range(0, self.words * self.stride, self.bus_bytes):
            await self.write(address, self.bus_word())

    def bus_word(self) -> int:
        """A random bus word."""
        return int.from_bytes(self.random.bytes(self.bus_bytes), "little")

    def address(self) -> int:
        """A random bus word's address."""
        return int(self.random.integers(self.words * self.stride // self.bus_bytes)) * self.bus_bytes

    async def write(self, address: int, value: int) -> None:
        """Write one bus word in one cycle."""
        self.dut.host__address.value = address
        self.dut.host__write_data.value = value
        self.dut.host__write.value = 1
        await RisingEdge(self.dut.clk)
        self.dut.host__write.value = 0
        word, byte = divmod(address, self.stride)
        if word < self.words:
            mask = ((1 << 8 * self.bus_bytes) - 1) << 8 * byte
            self.images[word] = (self.images[word] & ~mask | value << 8 * byte) & self.held

    async def host_check(self, address: int) -> None:
        """Read one bus word and compare it; exactly one answer must come."""
        self.dut.host__address.value = address
        self.dut.host__read.value = 1
        await RisingEdge(self.dut.clk)
        self.dut.host__read.value = 0
        self.dut.host__address.value = self.address()
        answers = []
        for _ in range(MAXIMUM_HOST_LATENCY):
            await FallingEdge(self.dut.clk)
            if self.dut.host__read_valid.value == 1:
                answers.append(int(self.dut.host__read_data.value))
            await RisingEdge(self.dut.clk)
        word, byte = divmod(address, self.stride)
        expected = self.images[word] >> 8 * byte & ((1 << 8 * self.bus_bytes) - 1)
        assert answers == [expected], f"{address:#x}: host reads {answers}, expected {expected}"

    async def read(self, word: int | None) -> None:
        """The engine reads a word, or none, in this cycle."""
        self.dut.read__enable.value = word is not None
        self.dut.read__address.value = int(self.random.integers(self.words)) if word is None else word
        await RisingEdge(self.dut.clk)

    async def read_and_check(self, word: int) -> None:
        """The engine reads a word, and gets it."""
        await self.read(word)
        for _ in range(self.latency - 1):
            await self.read(None)
        await self.check(word)

    async def check(self, word: int) -> None:
        """Compare what the engine is shown now."""
        await FallingEdge(self.dut.clk)
        expected = at = 0
        for offset, width in self.fields:
            expected |= (self.images[word] >> offset & ((1 << width) - 1)) << at
            at += width
        value = int(self.dut.read__data.value)
        assert value == expected, f"word {word}: engine reads {value:#x}, expected {expected:#x}"


@cocotb.test()
async def engine_reads(dut: Any) -> None:
    """A word every cycle, a fixed time after its address; it holds while nothing is read."""
    model = Model(dut)
    await model.start()
    shown = None
    due: list[int | None] = [None] * model.latency
    with Coverage("the first word", "the last word", "reads back to back", "a word held") as cover:
        for step in range(model.words + 200):
            word = step if step < model.words else int(model.random.integers(model.words))
            at_an_end = step in (0, model.words - 1)
            wanted = word if at_an_end or model.random.random() < 0.7 else None
            await model.read(wanted)
            cover.met("the first word", wanted == 0)
            cover.met("the last word", wanted == model.words - 1)
            cover.met("reads back to back", due[-1] is not None and wanted is not None)
            cover.met("a word held", wanted is None and shown is not None)
            due = [*due[1:], wanted]
            shown = shown if due[0] is None else due[0]
            if shown is not None:
                await model.check(shown)


@cocotb.test()
async def host_reads(dut: Any) -> None:
    """The host reads back every bus word, with zeros for bits that do not exist."""
    model = Model(dut)
    await model.start()
    for address in range(0, model.words * model.stride, model.bus_bytes):
        await model.host_check(address)


@cocotb.test()
async def partial_writes(dut: Any) -> None:
    """A bus word changes its part of a word only; a write beyond the memory changes nothing."""
    model = Model(dut)
    await model.start()
    for _ in range(80):
        address = model.address()
        await model.write(address, model.bus_word())
        beyond = int(
            model.random.choice([model.words, 1 << model.words.bit_length(), (1 << 28) // model.stride - 1])
        )
        await model.write(beyond * model.stride, model.bus_word())
        word = address // model.stride
        await model.read_and_check(word)
        await model.read(None)
        await model.host_check(model.address())
    for word in range(model.words):
        await model.read_and_check(word)


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """A reset drops the host's read, wherever it is, and keeps every word."""
    model = Model(dut)
    await model.start()
    for waited in range(MAXIMUM_HOST_LATENCY - 1):
        dut.host__address.value, dut.host__read.value = 0, 1
        await RisingEdge(dut.clk)
        dut.host__read.value = 0
        for _ in range(waited):
            await RisingEdge(dut.clk)
        dut.rst.value = 1
        await RisingEdge(dut.clk)
        dut.rst.value = 0
        for _ in range(MAXIMUM_HOST_LATENCY):
            await FallingEdge(dut.clk)
            assert not int(dut.host__read_valid.value), "an answer survived the reset"
            await RisingEdge(dut.clk)
    for address in range(0, model.words * model.stride, model.bus_bytes):
        await model.host_check(address)
