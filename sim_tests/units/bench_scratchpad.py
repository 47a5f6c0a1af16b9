"""Scratchpad against an array of bytes: data, grants, fairness, byte enables, host access."""

from collections import deque
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge
from cocotb.types import LogicArray

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage

ADDRESSES = 1 << 24
READ_LATENCY: int = parameters()["read_latency"]

CORNERS = (
    "a read without a write",
    "a read beside a write",
    "a write of all bytes",
    "a write of some bytes",
    "a read across the end",
    "a read across address zero",
)

Write = tuple[int, list[int], int]
"""Address, bytes, enables."""


class Model:
    """Drives the scratchpad cycle by cycle and checks everything it answers."""

    def __init__(self, dut: Any) -> None:
        given = parameters()
        self.dut = dut
        self.size: int = given["total_bytes"]
        self.banks: int = given["banks"]
        self.word_bytes: int = given["word_bytes"]
        self.read_widths: list[int] = given["read_widths"]
        self.write_width: int = given["write_width"]
        self.bus_bytes: int = given["bus_width"] // 8
        self.memory = np.zeros(self.size, np.uint8)
        self.waited = [0] * len(self.read_widths)
        self.last_loser: int | None = None
        self.conflicts = 0
        self.compared = 0
        self._due: deque[list[tuple[int, int] | None]] = deque(
            [[None] * len(self.read_widths)] * READ_LATENCY
        )

    async def start(self, stimulus: "Stimulus") -> None:
        """Set every input, release reset and fill the memory with random bytes."""
        self.dut.host__read.value = 0
        self.dut.host__write.value = 0
        self.dut.host__address.value = 0
        self.dut.host__write_data.value = 0
        self._drive([None] * len(self.read_widths), None)
        await start(self.dut)
        # Icarus computes combinational logic, behind registers too, only once one of its inputs has changed.
        for address in (ADDRESSES - 1, 0):
            for index in range(len(self.read_widths)):
                getattr(self.dut, f"read_{index}__address").value = address
            await RisingEdge(self.dut.clk)
        for address in range(0, self.size, self.bus_bytes):
            await self.host_write(address, stimulus.bus_word())

    async def cycle(self, reads: list[int | None], write: Write | None = None) -> list[bool]:
        """One cycle: a read address (or none) for each reader and a write; returns who was granted."""
        self._drive(reads, write)
        await FallingEdge(self.dut.clk)
        granted = self._check_grants(reads)
        self._check_data()
        self._due.append(
            [
                self._expected(address, width, write) if address is not None and grant else None
                for address, width, grant in zip(reads, self.read_widths, granted, strict=True)
            ]
        )
        await RisingEdge(self.dut.clk)
        if write is not None:
            self._apply(write)
        return granted

    async def reset(self) -> None:
        """Reset for a cycle: reads under way are forgotten, bytes are kept."""
        self._drive([None] * len(self.read_widths), None)
        self.dut.rst.value = 1
        await RisingEdge(self.dut.clk)
        self.dut.rst.value = 0
        self.waited = [0] * len(self.read_widths)
        self.last_loser = None
        self._due = deque([[None] * len(self.read_widths)] * READ_LATENCY)

    async def idle(self, cycles: int = READ_LATENCY) -> None:
        """Cycles without requests; as many as the latency check all that was read."""
        for _ in range(cycles):
            await self.cycle([None] * len(self.read_widths))

    async def host_write(self, address: int, value: int) -> None:
        """One bus word from the host."""
        self.dut.host__address.value = address
        self.dut.host__write_data.value = value
        self.dut.host__write.value = 1
        await RisingEdge(self.dut.clk)
        self.dut.host__write.value = 0
        for index, byte in enumerate(value.to_bytes(self.bus_bytes, "little")):
            if address + index < self.size:
                self.memory[address + index] = byte

    async def host_read(self, address: int) -> int:
        """One bus word to the host."""
        self.dut.host__address.value = address
        self.dut.host__read.value = 1
        await RisingEdge(self.dut.clk)
        self.dut.host__read.value = 0
        for _ in range(READ_LATENCY + 1):
            await FallingEdge(self.dut.clk)
            if self.dut.host__read_valid.value == 1:
                value = int(self.dut.host__read_data.value)
                await RisingEdge(self.dut.clk)
                return value
        raise AssertionError(f"no answer to the host's read of {address:#x}")

    async def check_memory(self) -> None:
        """Compare every byte, as the host sees it."""
        for address in range(0, self.size, self.bus_bytes):
            expected = int.from_bytes(self.memory[address : address + self.bus_bytes].tobytes(), "little")
            value = await self.host_read(address)
            assert value == expected, f"{address:#x}: host reads {value:#x}, expected {expected:#x}"

    def banks_of(self, address: int, width: int) -> set[int]:
        """The banks that a vector really needs."""
        return {(address + index) % ADDRESSES // self.word_bytes % self.banks for index in range(width)}

    def _drive(self, reads: list[int | None], write: Write | None) -> None:
        for index, address in enumerate(reads):
            getattr(self.dut, f"read_{index}__valid").value = address is not None
            getattr(self.dut, f"read_{index}__address").value = address or 0
            banks = self.banks_of(address or 0, self.read_widths[index])
            getattr(self.dut, f"read_{index}__needs").value = sum(1 << bank for bank in banks)
        at, values, enable = write or (0, [0] * self.write_width, 0)
        self.dut.write__address.value = at
        self.dut.write__data.value = int.from_bytes(bytes(values), "little")
        self.dut.write__enable.value = enable

    def _check_grants(self, reads: list[int | None]) -> list[bool]:
        asking = [index for index, address in enumerate(reads) if address is not None]
        needs = {index: self.banks_of(reads[index] or 0, self.read_widths[index]) for index in asking}
        granted = [getattr(self.dut, f"read_{index}__ready").value == 1 for index in range(len(reads))]
        winners = [index for index in asking if granted[index]]
        losers = [index for index in asking if not granted[index]]
        for index in winners:
            self.waited[index] = 0
            for other in winners:
                assert other == index or not needs[index] & needs[other], (
                    f"readers {index} and {other} both get banks {needs[index] & needs[other]}"
                )
        for index in losers:
            rivals = [other for other in asking if other != index and needs[index] & needs[other]]
            assert rivals, f"reader {index} waits for banks {needs[index]} that nobody else wants"
            self.waited[index] += 1
            assert self.waited[index] < len(reads), (
                f"reader {index} loses {self.waited[index]} times in a row"
            )
        assert winners or not asking, "somebody asks and nobody is granted"
        if losers:
            self.conflicts += 1
            if len(reads) == 2:
                assert losers != [self.last_loser], f"reader {losers[0]} lost two conflicts in a row"
                self.last_loser = losers[0]
        return granted

    def _expected(self, address: int, width: int, write: Write | None) -> tuple[int, int]:
        """Value and mask: bytes beyond the memory, and those that are being written, are not compared."""
        start, _, enable = write or (0, [], 0)
        writing = {(start + index) % ADDRESSES for index in range(self.write_width) if enable >> index & 1}
        value = mask = 0
        for index in range(width):
            at = (address + index) % ADDRESSES
            if at < self.size and at not in writing:
                value |= int(self.memory[at]) << 8 * index
                mask |= 0xFF << 8 * index
        return value, mask

    def _check_data(self) -> None:
        for index, due in enumerate(self._due.popleft()):
            if due is not None:
                expected, mask = due
                value = _known(getattr(self.dut, f"read_{index}__data").value, mask)
                assert value == expected, f"reader {index} gets {value:#x}, expected {expected:#x}"
                self.compared += 1

    def _apply(self, write: Write) -> None:
        address, values, enable = write
        for index, byte in enumerate(values):
            at = (address + index) % ADDRESSES
            if enable >> index & 1 and at < self.size:
                self.memory[at] = byte


def _known(bits: LogicArray, mask: int) -> int:
    """The bits under a mask; the others may be unknown."""
    return int(
        "".join(bit if mask >> at & 1 else "0" for at, bit in zip(bits.range, str(bits), strict=True)), 2
    )


class Stimulus:
    """Random addresses that favour boundaries, and random writes."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.random = random_generator()

    def address(self, width: int) -> int:
        """Anywhere, around a word boundary, around the end of the memory, or across address zero."""
        around = int(self.random.integers(-width, width + 1))
        match self.random.integers(4):
            case 0:
                words = self.model.size // self.model.word_bytes
                return (int(self.random.integers(words)) * self.model.word_bytes + around) % ADDRESSES
            case 1:
                return (int(self.random.choice([0, self.model.size])) + around) % ADDRESSES
            case _:
                return int(self.random.integers(self.model.size))

    def write(self) -> Write:
        """A vector with random enables, often all of them."""
        width = self.model.write_width
        values = [int(byte) for byte in self.random.integers(256, size=width)]
        everything = (1 << width) - 1
        enable = everything if self.chance(0.5) else int(self.random.integers(everything + 1))
        return self.address(width), values, enable

    def bus_word(self) -> int:
        """What the host writes."""
        return int.from_bytes(self.random.bytes(self.model.bus_bytes), "little")

    def chance(self, probability: float) -> bool:
        """True that often."""
        return bool(self.random.random() < probability)


@cocotb.test()
async def random_traffic(dut: Any) -> None:
    """All readers and the writer at random rates; a reader that is not granted retries."""
    model = Model(dut)
    stimulus = Stimulus(model)
    await model.start(stimulus)
    pending: list[int | None] = [None] * len(model.read_widths)
    several = len(pending) > 1
    everything = (1 << model.write_width) - 1
    corners = [*CORNERS, *(("a conflict", "all readers at once") if several else ())]
    if max(model.read_widths) > 1 and model.banks > 1:
        corners.append("a vector in two banks")
    with Coverage(*corners) as cover:
        for turn in range(12):
            busy = [float(stimulus.random.choice([0.2, 0.8, 1.0])) for _ in pending]
            writes = (0.0, 0.3, 1.0)[turn % 3]
            for _ in range(120):
                for index, width in enumerate(model.read_widths):
                    if pending[index] is None and stimulus.chance(busy[index]):
                        pending[index] = stimulus.address(width)
                write = stimulus.write() if stimulus.chance(writes) else None
                asked = [
                    (at, width)
                    for at, width in zip(pending, model.read_widths, strict=True)
                    if at is not None
                ]
                granted = await model.cycle(pending, write)
                cover.met("a read without a write", bool(asked) and write is None)
                cover.met("a read beside a write", bool(asked) and write is not None)
                cover.met("a write of all bytes", write is not None and write[2] == everything)
                cover.met("a write of some bytes", write is not None and write[2] != everything)
                cover.met("a read across the end", any(at < model.size < at + width for at, width in asked))
                cover.met("a read across address zero", any(at + width > ADDRESSES for at, width in asked))
                if several:
                    cover.met("all readers at once", len(asked) == len(pending))
                    cover.met(
                        "a conflict", any(at is not None for at in pending) and sum(granted) < len(asked)
                    )
                if "a vector in two banks" in corners:
                    cover.met("a vector in two banks", any(len(model.banks_of(*each)) == 2 for each in asked))
                pending = [None if grant else at for at, grant in zip(pending, granted, strict=True)]
    await model.idle()
    await model.check_memory()
    assert model.compared > 500, f"only {model.compared} vectors compared"
    assert len(model.read_widths) == 1 or model.conflicts > 20, f"only {model.conflicts} conflicts"


@cocotb.test()
async def every_offset(dut: Any) -> None:
    """Writes and reads at each offset in two rows of banks and across the end, with guard bytes around."""
    model = Model(dut)
    stimulus = Stimulus(model)
    await model.start(stimulus)
    line = model.banks * model.word_bytes
    starts = [*range(min(2 * line, model.size)), *range(model.size - line, model.size + 2)]
    for address in starts:
        values = [int(byte) for byte in stimulus.random.integers(256, size=model.write_width)]
        await model.cycle([None] * len(model.read_widths), (address, values, (1 << model.write_width) - 1))
        for index, width in enumerate(model.read_widths):
            for at in {address, (address - 1) % ADDRESSES, (address + model.write_width - width) % ADDRESSES}:
                reads: list[int | None] = [None] * len(model.read_widths)
                reads[index] = at
                await model.cycle(reads)
    await model.idle()
    await model.check_memory()


@cocotb.test()
async def read_while_written(dut: Any) -> None:
    """A read in the cycle of the write sees the bytes beside those written, one in the next cycle also these."""
    model = Model(dut)
    stimulus = Stimulus(model)
    await model.start(stimulus)
    for _ in range(200):
        write = stimulus.write()
        offset = int(stimulus.random.integers(-2, 3))
        for index in range(len(model.read_widths)):
            reads: list[int | None] = [None] * len(model.read_widths)
            reads[index] = (write[0] + offset) % ADDRESSES
            assert (await model.cycle(reads, write))[index]
            assert (await model.cycle(reads, stimulus.write() if stimulus.chance(0.5) else None))[index]
    await model.idle()
    assert model.compared == 400 * len(model.read_widths)


@cocotb.test()
async def endless_conflict(dut: Any) -> None:
    """All readers want the same bank all the time: they take turns."""
    model = Model(dut)
    await model.start(Stimulus(model))
    turns = 60
    counts = [0] * len(model.read_widths)
    for _ in range(turns):
        granted = await model.cycle([0] * len(model.read_widths))
        counts = [count + grant for count, grant in zip(counts, granted, strict=True)]
    await model.idle()
    assert counts == [turns // len(counts)] * len(counts), f"unfair: {counts}"


@cocotb.test()
async def host_access(dut: Any) -> None:
    """The host's words are the bytes that the engines read and write."""
    model = Model(dut)
    stimulus = Stimulus(model)
    await model.start(stimulus)
    words = model.size // model.bus_bytes
    for _ in range(3):
        for word in stimulus.random.permutation(words)[:200]:
            await model.host_write(int(word) * model.bus_bytes, stimulus.bus_word())
        await model.host_write(model.size, (1 << 8 * model.bus_bytes) - 1)
        for _ in range(60):
            reads: list[int | None] = [None] * len(model.read_widths)
            index = int(stimulus.random.integers(len(reads)))
            reads[index] = stimulus.address(model.read_widths[index])
            await model.cycle(reads, stimulus.write())
        await model.idle()
        await model.check_memory()


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """A reset in the middle of conflicts and host reads loses no byte, nor does anything else wait for ever."""
    model = Model(dut)
    stimulus = Stimulus(model)
    await model.start(stimulus)
    for waited in range(READ_LATENCY + 1):
        for _ in range(waited + 1):
            await model.cycle([0] * len(model.read_widths), stimulus.write())
        dut.host__read.value = 1
        await model.cycle([None] * len(model.read_widths))
        dut.host__read.value = 0
        for _ in range(waited):
            await model.cycle([0] * len(model.read_widths))
        await model.reset()
        for _ in range(READ_LATENCY + 1):
            await FallingEdge(dut.clk)
            assert not int(dut.host__read_valid.value), "an answer survived the reset"
            await RisingEdge(dut.clk)
    await model.check_memory()
