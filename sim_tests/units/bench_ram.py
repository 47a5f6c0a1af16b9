"""RAM against an array of words: latency, hold, write enables, simultaneous access, limits."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage


class Model:
    """Drives the RAM cycle by cycle; knows what it must hold and show."""

    def __init__(self, dut: Any) -> None:
        given = parameters()
        self.dut = dut
        self.width: int = given["width"]
        self.depth: int = given["depth"]
        self.granularity: int = given["granularity"]
        self.random = random_generator()
        self.addresses = 1 << max(1, (self.depth - 1).bit_length())
        self.words = [0] * self.depth
        self.shown: int | None = None

    def word(self) -> int:
        """A random word."""
        return int.from_bytes(self.random.bytes(-(-self.width // 8)), "little") % (1 << self.width)

    async def start(self) -> None:
        """Release reset and fill the memory, as it keeps what earlier tests left."""
        await start(self.dut, read_enable=0, write_enable=0)
        for address in range(self.depth):
            await self.cycle(write=(address, self.word(), self.all_enables))

    @property
    def all_enables(self) -> int:
        """Write the whole word."""
        return (1 << self.width // self.granularity) - 1

    async def cycle(self, read: int | None = None, write: tuple[int, int, int] = (0, 0, 0)) -> None:
        """One cycle: a read address or none; a write's address, data and enables. Checks the output."""
        self.dut.read_enable.value = read is not None
        self.dut.read_address.value = int(self.random.integers(self.addresses)) if read is None else read
        self.dut.write_address.value, self.dut.write_data.value, self.dut.write_enable.value = write
        await FallingEdge(self.dut.clk)
        if self.shown is not None:
            value = int(self.dut.read_data.value)
            assert value == self.shown, f"RAM shows {value:#x}, expected {self.shown:#x}"
        await RisingEdge(self.dut.clk)
        if read is not None:
            self.shown = self.words[read] if read < self.depth else None
        address, data, enable = write
        if address < self.depth:
            for group in range(self.width // self.granularity):
                if enable >> group & 1:
                    mask = ((1 << self.granularity) - 1) << group * self.granularity
                    self.words[address] = self.words[address] & ~mask | data & mask

    async def check_all(self) -> None:
        """Read every word."""
        for address in range(self.depth):
            await self.cycle(read=address)
        await self.cycle()


@cocotb.test()
async def random_access(dut: Any) -> None:
    """Reads and writes at random, often at the same address, and beyond the depth."""
    model = Model(dut)
    await model.start()
    corners = ["a word written while it is read", "no read", "nothing written", "a whole word written"]
    if model.all_enables > 1:
        corners.append("a part of a word written")
    if model.addresses > model.depth:
        corners.append("an access beyond the depth")
    with Coverage(*corners) as cover:
        for _ in range(600):
            read = int(model.random.integers(model.addresses)) if model.random.random() < 0.7 else None
            same = read is not None and model.random.random() < 0.3
            write = read if read is not None and same else int(model.random.integers(model.addresses))
            some = int(model.random.integers(model.all_enables + 1))
            enable = int(model.random.choice(np.array([0, some, model.all_enables], object)))
            await model.cycle(read, (write, model.word(), enable))
            cover.met("a word written while it is read", same and enable != 0)
            cover.met("no read", read is None)
            cover.met("nothing written", enable == 0)
            cover.met("a whole word written", enable == model.all_enables)
            if model.all_enables > 1:
                cover.met("a part of a word written", 0 < enable < model.all_enables)
            if model.addresses > model.depth:
                cover.met("an access beyond the depth", max(read or 0, write) >= model.depth)
    await model.check_all()


@cocotb.test()
async def each_enable(dut: Any) -> None:
    """Each write enable alone writes its part and nothing else."""
    model = Model(dut)
    await model.start()
    for group in range(model.width // model.granularity):
        address = int(model.random.integers(model.depth))
        await model.cycle(write=(address, model.words[address] ^ ((1 << model.width) - 1), 1 << group))
        await model.cycle(read=address)
    await model.check_all()


@cocotb.test()
async def holds(dut: Any) -> None:
    """The word that was read stays while read_enable is low, even when it is overwritten."""
    model = Model(dut)
    await model.start()
    for _ in range(20):
        address = int(model.random.integers(model.depth))
        await model.cycle(read=address)
        for _ in range(3):
            await model.cycle(write=(address, model.word(), model.all_enables))


@cocotb.test()
async def reset_keeps_words(dut: Any) -> None:
    """A reset between accesses leaves the words as they are."""
    model = Model(dut)
    await model.start()
    await model.cycle(read=0, write=(model.depth - 1, model.word(), model.all_enables))
    if hasattr(dut, "rst"):
        dut.rst.value, dut.read_enable.value, dut.write_enable.value = 1, 0, 0
        await RisingEdge(dut.clk)
        dut.rst.value = 0
        model.shown = None
    await model.check_all()
