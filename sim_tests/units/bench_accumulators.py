"""Accumulators against an array of sums: skewed updates of one half while the other half is read."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge
from numpy.typing import NDArray

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage

CORNERS = (
    "an update that adds",
    "an update that overwrites",
    "the least sum",
    "the greatest sum",
    "updates back to back",
    "a pause",
    "a read beside an update",
)


class Model:
    """Drives the accumulators cycle by cycle; knows every entry, and which cycles must pulse ``retired``."""

    def __init__(self, dut: Any) -> None:
        given = parameters()
        self.dut = dut
        self.cols: int = given["cols"]
        self.pe_cols: int = given["pe_cols"]
        self.width: int = given["width"]
        self.depth: int = given["depth"]
        self.bus_columns: int = given["bus_width"] // 32
        self.read_latency: int = given["read_latency"]
        self.update_latency: int = given["update_latency"]
        self.pe_columns = self.cols // self.pe_cols
        self.address_bits = max(1, (self.depth - 1).bit_length())
        self.random = random_generator()
        self.entries = np.zeros((self.depth, self.cols), np.int64)
        self.now = 0
        self.sent: list[NDArray[np.int64] | None] = [None] * self.pe_columns
        self.retiring: set[int] = set()
        self.reads: list[int | None] = []
        self.shown: int | None = None
        self.checked = 0

    def vector(self) -> NDArray[np.int64]:
        """Random partial sums, often as large as they can be."""
        limit = 1 << self.width - 1
        if self.random.random() < 0.5:
            return self.random.choice(np.array([-limit, limit - 1]), self.cols)
        return self.random.integers(-limit, limit, self.cols)

    def pack(self, values: NDArray[np.int64]) -> int:
        """Sums as one port's bits, column 0 lowest."""
        mask = (1 << self.width) - 1
        return sum((int(value) & mask) << self.width * index for index, value in enumerate(values))

    async def start(self) -> None:
        """Release reset and overwrite every entry, as the memory keeps what earlier tests left."""
        await start(
            self.dut,
            psums=0,
            psums_valid=0,
            tag=0,
            read__enable=0,
            read__address=0,
            host__read=0,
            host__write=0,
            host__address=0,
        )
        for entry in range(self.depth):
            await self.cycle(update=(entry, False, False))
        await self.settle()

    async def reset(self) -> None:
        """Reset for a cycle: what is under way is forgotten, and entries that it was for may hold anything."""
        self.dut.rst.value, self.dut.psums_valid.value, self.dut.read__enable.value = 1, 0, 0
        await RisingEdge(self.dut.clk)
        self.dut.rst.value = 0
        self.sent = [None] * self.pe_columns
        self.retiring.clear()
        self.reads.clear()
        self.shown = None
        self.now += 1

    async def settle(self) -> None:
        """Wait until all updates are in memory."""
        for _ in range(self.update_latency):
            await self.cycle()

    async def cycle(self, update: tuple[int, bool, bool] | None = None, read: int | None = None) -> None:
        """One cycle: an update (entry, accumulate, last) of random sums or none, a read or none; checked."""
        entry, accumulate, last = update or (
            int(self.random.integers(self.depth)),
            bool(self.random.integers(2)),
            bool(self.random.integers(2)),
        )
        self.dut.tag.value = entry | (accumulate | last << 1) << self.address_bits
        self.sent = [None if update is None else self.vector(), *self.sent[:-1]]
        psums = self.vector()
        valid = 0
        for j, vector in enumerate(self.sent):
            if vector is not None:
                columns = slice(j * self.pe_cols, (j + 1) * self.pe_cols)
                psums[columns] = vector[columns]
                valid |= 1 << j
        self.dut.psums.value = self.pack(psums)
        self.dut.psums_valid.value = valid
        if self.sent[0] is not None:
            self.entries[entry] = self.sent[0] + (self.entries[entry] if accumulate else 0)
            if last:
                self.retiring.add(self.now + self.update_latency - 1)
        self.dut.read__enable.value = read is not None
        self.dut.read__address.value = int(self.random.integers(self.depth)) if read is None else read
        self.reads.append(None if read is None else self.pack(self.entries[read]))

        await FallingEdge(self.dut.clk)
        retired = int(self.dut.retired.value)
        assert retired == (self.now in self.retiring), f"retired is {retired}"
        if len(self.reads) > self.read_latency:
            word = self.reads[-1 - self.read_latency]
            self.shown = self.shown if word is None else word
        if self.shown is not None:
            value = int(self.dut.read__data.value)
            assert value == self.shown, f"reads {value:#x}, expected {self.shown:#x}"
            self.checked += 1
        await RisingEdge(self.dut.clk)
        self.now += 1

    async def read_all(self) -> None:
        """Read every entry."""
        for entry in range(self.depth):
            await self.cycle(read=entry)
        for _ in range(self.read_latency):
            await self.cycle()

    async def host_read(self, address: int) -> int:
        """Read one bus word; exactly one answer must come, a cycle after what engines read."""
        self.dut.host__address.value = address
        self.dut.host__read.value = 1
        await RisingEdge(self.dut.clk)
        self.dut.host__read.value = 0
        answers = {}
        for passed in range(1, self.read_latency + 4):
            await FallingEdge(self.dut.clk)
            if self.dut.host__read_valid.value == 1:
                answers[passed] = int(self.dut.host__read_data.value)
            await RisingEdge(self.dut.clk)
        assert answers.keys() == {self.read_latency + 1}, f"{address:#x}: answers {answers}"
        return answers[self.read_latency + 1]


@cocotb.test()
async def one_half_each(dut: Any) -> None:
    """Updates fill one half while reads see the other, in every cycle in which both are allowed to."""
    model = Model(dut)
    await model.start()
    half = model.depth // 2
    readable_from = model.now
    limit = 1 << model.width - 1
    with Coverage(*CORNERS) as cover:
        before = False
        for block in range(12):
            updated, readable = half * (block % 2), half * (1 - block % 2)
            few = int(model.random.integers(1, 5))
            length = model.update_latency + int(model.random.integers(2, 40))
            for step in range(length):
                last = step == length - 1
                entry = updated + int(model.random.integers(min(few, half)))
                accumulate = bool(model.random.random() < 0.8)
                some = last or model.random.random() < 0.8
                early = last or model.random.random() < 0.05
                read = readable + int(model.random.integers(half)) if model.now >= readable_from else None
                read = None if model.random.random() < 0.2 else read
                await model.cycle((entry, accumulate, early) if some else None, read)
                vector = model.sent[0]
                cover.met("an update that adds", some and accumulate)
                cover.met("an update that overwrites", some and not accumulate)
                cover.met("the least sum", vector is not None and bool((vector == -limit).any()))
                cover.met("the greatest sum", vector is not None and bool((vector == limit - 1).any()))
                cover.met("updates back to back", some and before)
                cover.met("a pause", not some)
                cover.met("a read beside an update", some and read is not None)
                before = bool(some)
            readable_from = model.now - 1 + model.update_latency
    await model.settle()
    assert len(model.retiring) >= 12
    assert model.checked > 100
    await model.read_all()


@cocotb.test()
async def same_entry(dut: Any) -> None:
    """Vectors for one entry, 1, 2, 3, ... cycles apart, with others and with nothing in between."""
    model = Model(dut)
    await model.start()
    for distance in range(1, 9):
        for others in (False, True):
            entry = int(model.random.integers(model.depth // 2))
            await model.cycle((entry, False, False))
            for step in range(1, 6 * distance + 1):
                if step % distance == 0:
                    await model.cycle((entry, True, False))
                elif others:
                    await model.cycle((model.depth - 1, True, False))
                else:
                    await model.cycle()
            await model.settle()
            await model.cycle(read=entry)
            for _ in range(model.read_latency):
                await model.cycle()
    await model.read_all()


@cocotb.test()
async def same_place_in_both_halves(dut: Any) -> None:
    """Entries of the two halves that share an address there are different entries."""
    model = Model(dut)
    await model.start()
    half = model.depth // 2
    for _ in range(60):
        place = int(model.random.integers(half))
        for _ in range(int(model.random.integers(1, 6))):
            await model.cycle((place + half * int(model.random.integers(2)), True, False))
    await model.settle()
    await model.read_all()


@cocotb.test()
async def host_reads(dut: Any) -> None:
    """The host sees every column of every entry, sign-extended, and zeros where there is no column."""
    model = Model(dut)
    await model.start()
    stride = 4 * max(2, 1 << (model.cols - 1).bit_length())
    for entry in range(model.depth):
        words = []
        for address in range(entry * stride, (entry + 1) * stride, 4 * model.bus_columns):
            value = await model.host_read(address)
            words += [value >> 32 * index & 0xFFFF_FFFF for index in range(model.bus_columns)]
        limit = 1 << model.width - 1
        sums = [(int(value) + limit) % (2 * limit) - limit for value in model.entries[entry]]
        expected = [value & 0xFFFF_FFFF for value in sums] + [0] * (stride // 4 - model.cols)
        assert words == expected, f"entry {entry}: host reads {words}, expected {expected}"


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """Wherever an update is, a reset keeps its command from retiring; later updates are as ever."""
    model = Model(dut)
    await model.start()
    for waited in range(model.update_latency):
        await model.cycle((0, False, True))
        for _ in range(waited):
            await model.cycle()
        await model.reset()
        await model.settle()
        for entry in range(model.depth):
            await model.cycle((entry, False, entry == model.depth - 1))
        await model.settle()
    await model.read_all()
