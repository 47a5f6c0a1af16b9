"""RAM against an array of words: latency, hold, write enables, simultaneous access, limits."""

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge

from sim_tests.support.bench import parameters, random_generator, start


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
    for _ in range(600):
        read = int(model.random.integers(model.addresses))
        write = read if model.random.random() < 0.3 else int(model.random.integers(model.addresses))
        enable = int(model.random.integers(model.all_enables + 1))
        await model.cycle(read if model.random.random() < 0.7 else None, (write, model.word(), enable))
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
