"""Random host accesses to every region, and the registers against a count kept here."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, ReadOnly, RisingEdge

from celosia.rtl.bus.address_map import (
    COUNTERS_OFFSET,
    ENGINE_STRIDE,
    IDENTITY_VALUE,
    REGION_BITS,
    VERSION_VALUE,
    Counter,
    Region,
    Register,
    counter_address,
)
from celosia.rtl.command import Engine
from sim_tests.support.bench import get, parameters, put, random_generator, start
from sim_tests.support.coverage import Coverage

MEMORIES = list(Region)[1:]


def port(dut: Any, region: Region, name: str) -> Any:
    """A signal of one memory's port."""
    return getattr(dut, f"memories__{region - 1}__{name}")


class Host:
    """The host's side, and dictionaries for memories."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.bus_width = parameters()["bus_width"]
        self.generator = random_generator()
        self.contents: dict[tuple[Region, int], int] = {}
        self.starts: list[tuple[int, int]] = []

    async def begin(self) -> None:
        """Reset, and answer as the memories would."""
        idle = {"host__request__valid": 0, "host__request__payload": 0, "host__response__ready": 0}
        idle |= dict.fromkeys(("running", "ended", "unknown_opcode", "retired"), 0)
        idle |= {"status__0": Counter.EMPTY, "status__1": Counter.EMPTY}
        for region in MEMORIES:
            idle |= {f"memories__{region - 1}__{name}": 0 for name in ("read_data", "read_valid")}
        await start(self.dut, **idle)
        for region in MEMORIES:
            cocotb.start_soon(self._serve(region, self.generator.spawn(1)[0]))
        cocotb.start_soon(self._watch_starts())

    async def write(self, address: int, data: int) -> None:
        """Write one bus word."""
        await put(self.dut, "host__request", data << 33 | address << 1 | 1)

    async def read(self, address: int) -> int:
        """Read one bus word."""
        await put(self.dut, "host__request", address << 1)
        return await get(self.dut, "host__response", generator=self.generator, stall=0.3)

    def random_word(self) -> int:
        """A random bus word."""
        return int.from_bytes(self.generator.bytes(self.bus_width // 8), "little")

    async def _serve(self, region: Region, generator: np.random.Generator) -> None:
        while True:
            await ReadOnly()
            address = int(port(self.dut, region, "address").value)
            if int(port(self.dut, region, "write").value):
                assert not int(self.dut.running.value), "a memory was written while a program runs"
                assert not int(self.dut.start.value), "a memory was written while a program starts"
                assert not self.starts, "a memory was written after a program started"
                self.contents[region, address] = int(port(self.dut, region, "write_data").value)
            wanted = int(port(self.dut, region, "read").value)
            await RisingEdge(self.dut.clk)
            if wanted:
                for _ in range(int(generator.integers(0, 4))):
                    await RisingEdge(self.dut.clk)
                port(self.dut, region, "read_data").value = self.contents.get((region, address), 0)
                port(self.dut, region, "read_valid").value = 1
                await RisingEdge(self.dut.clk)
                port(self.dut, region, "read_valid").value = 0
                port(self.dut, region, "read_data").value = 0

    async def _watch_starts(self) -> None:
        while True:
            await ReadOnly()
            if int(self.dut.start.value):
                self.starts.append((int(self.dut.rewind.value), int(self.dut.limit.value)))
            await RisingEdge(self.dut.clk)


@cocotb.test()
async def every_memory(dut: Any) -> None:
    """What is written into a region is read back from it, and from no other."""
    host = Host(dut)
    await host.begin()
    step = host.bus_width // 8
    last = (1 << 28) // step - 1
    expected = {}
    corners = [f"{region.name}: {end} word" for region in MEMORIES for end in ("first", "last")]
    with Coverage(*corners, "any other word") as cover:
        for index in range(120):
            region = MEMORIES[index % len(MEMORIES)]
            word = int(host.generator.choice([0, last, host.generator.integers(0, last)], p=[0.3, 0.3, 0.4]))
            word = (0, last)[index // len(MEMORIES)] if index < 2 * len(MEMORIES) else word
            address = region.base + step * word
            expected[address] = host.random_word()
            await host.write(address, expected[address])
            name = {0: "first", last: "last"}.get(word)
            cover.met(f"{region.name}: {name} word" if name else "any other word")
    for address, value in expected.items():
        assert await host.read(address) == value
    assert {region.base + offset: word for (region, offset), word in host.contents.items()} == expected
    assert await host.read(0xF000_0000) == 0
    await host.write(0xF000_0000, 1)
    assert len(host.contents) == len(expected)


@cocotb.test()
async def waits_for_the_program(dut: Any) -> None:
    """Memories cannot be reached while a program runs; registers can."""
    host = Host(dut)
    await host.begin()
    dut.running.value = 1
    assert await host.read(Register.IDENTITY) & 0xFFFF_FFFF == IDENTITY_VALUE
    write = cocotb.start_soon(host.write(Region.WEIGHTS.base + 8, 77))
    for _ in range(50):
        await RisingEdge(dut.clk)
    assert not write.done()
    assert not host.contents
    dut.running.value = 0
    await write
    assert await host.read(Region.WEIGHTS.base + 8) == 77


@cocotb.test()
async def starts_after_writes(dut: Any) -> None:
    """A start that follows a write at once comes after it."""
    host = Host(dut)
    await host.begin()
    await host.write(Region.PROGRAM.base + 8, 5)
    await host.write(Register.CONTROL, 0)
    for _ in range(4):
        await RisingEdge(dut.clk)
    assert host.starts == [(1, 0)]
    assert host.contents == {(Region.PROGRAM, 8): 5}


@cocotb.test()
async def waits_for_a_program_that_starts(dut: Any) -> None:
    """An access right after a start waits for the program's end."""
    host = Host(dut)
    await host.begin()

    async def run() -> None:
        while not host.starts:
            await RisingEdge(dut.clk)
        dut.running.value = 1
        for _ in range(20):
            await RisingEdge(dut.clk)
        host.starts.clear()
        dut.running.value = 0

    program = cocotb.start_soon(run())
    await host.write(Register.CONTROL, 0)
    await host.write(Region.WEIGHTS.base + 8, 77)
    assert program.done(), "a memory was reached while a program ran"
    assert await host.read(Region.WEIGHTS.base + 8) == 77


@cocotb.test()
async def registers(dut: Any) -> None:
    """Constants, STATUS, and starts."""
    host = Host(dut)
    await host.begin()
    given = parameters()
    for register, value in (
        (Register.IDENTITY, IDENTITY_VALUE),
        (Register.VERSION, VERSION_VALUE),
        (Register.CONFIG_DIGEST, given["digest"]),
        (Register.CLOCK_HZ, given["clock_hz"]),
        (Register.CYCLES, 0),
    ):
        assert await host.read(register) == value, register.name
        if host.bus_width == 32:
            assert await host.read(register + 4) == 0
    # Beyond the registers, there is nothing.
    end = COUNTERS_OFFSET + len(Engine) * ENGINE_STRIDE
    for bit in range((end - 1).bit_length(), REGION_BITS):
        assert await host.read(Register.VERSION | 1 << bit) == 0, bit
    for bits in range(8):
        dut.running.value, dut.ended.value, dut.unknown_opcode.value = bits & 1, bits >> 1 & 1, bits >> 2
        assert await host.read(Register.STATUS) == bits
    dut.running.value = dut.ended.value = dut.unknown_opcode.value = 0
    for running, ended, limit in ((0, 0, 5), (0, 0, 0xFFFF_FFFF), (1, 0, 6), (0, 1, 0)):
        dut.running.value, dut.ended.value = running, ended
        await host.write(Register.CONTROL, limit)
        for _ in range(2):
            await RisingEdge(dut.clk)
    assert host.starts == [(1, 5), (0, 0xFFFF_FFFF), (1, 0)]


@cocotb.test()
async def counters(dut: Any) -> None:
    """Each engine's states and retirements are counted while running, and cleared by a fresh start."""
    host = Host(dut)
    await host.begin()
    expected = {(engine, counter): 0 for engine in Engine for counter in Counter}
    present = [engine for engine in Engine if engine is not Engine.DEPTHWISE or parameters()["depthwise"]]
    cycles = 0
    for _ in range(300):
        running = int(host.generator.random() < 0.7)
        states = host.generator.integers(1, 6, len(Engine))
        retired = int(host.generator.integers(0, 1 << len(Engine)))
        dut.running.value, dut.retired.value = running, retired
        for engine in Engine:
            getattr(dut, f"status__{engine}").value = int(states[engine])
        await RisingEdge(dut.clk)
        cycles += running
        for engine in present:
            expected[engine, Counter.COMMANDS] += retired >> engine & 1
            if parameters()["states"]:
                expected[engine, Counter(int(states[engine]))] += running
    dut.running.value = dut.retired.value = 0
    assert await host.read(Register.CYCLES) == cycles
    for (engine, counter), count in expected.items():
        assert await host.read(counter_address(engine, counter)) == count, (engine, counter)
    await host.write(Register.CONTROL, 0)
    assert await host.read(Register.CYCLES) == 0
    for engine, counter in expected:
        assert await host.read(counter_address(engine, counter)) == 0


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """A reset forgets requests and answers, wherever they are, and clears the counts."""
    host = Host(dut)
    await host.begin()
    for cycles in range(1, 6):
        dut.running.value = 1
        for _ in range(4):
            await RisingEdge(dut.clk)
        dut.running.value = 0
        dut.host__request__payload.value, dut.host__request__valid.value = Register.CYCLES << 1, 1
        for _ in range(cycles):
            await RisingEdge(dut.clk)
        dut.host__request__valid.value, dut.rst.value = 0, 1
        await RisingEdge(dut.clk)
        dut.rst.value = 0
        for _ in range(6):
            await FallingEdge(dut.clk)
            assert not int(dut.host__response__valid.value), "an answer survived the reset"
            await RisingEdge(dut.clk)
        assert await host.read(Register.CYCLES) == 0
        assert await host.read(Register.IDENTITY) & 0xFFFF_FFFF == IDENTITY_VALUE
