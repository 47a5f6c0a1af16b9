"""An accelerator at a system bus, seen by a master that knows the bus and nothing else."""

import itertools
from abc import ABC, abstractmethod
from itertools import product
from typing import Any, Self

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge
from cocotbext.axi import AxiBus, AxiLiteBus, AxiLiteMaster, AxiMaster, AxiResp

from celosia.rtl.bus.address_map import (
    VERSION_VALUE,
    InterruptRegister,
    Region,
    Register,
    Status,
    region_bytes,
)
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.model import ModelDevice
from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage
from sim_tests.support.network import network_image
from sim_tests.support.wishbone import WishboneMaster

WRITABLE = (Region.PROGRAM, Region.WEIGHTS, Region.PARAMETERS, Region.SCRATCHPAD)


class Host(ABC):
    """A bus master, and a functional model that does the same."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.config = AcceleratorConfig.create(parameters()["config"])
        self.step = self.config.bus_width // 8
        self.generator = random_generator()
        self.model = ModelDevice(self.config)

    @classmethod
    async def begin(cls, dut: Any) -> Self:
        """The host, after a reset."""
        host = cls(dut)
        await host.reset()
        return host

    @abstractmethod
    async def reset(self) -> None:
        """Start the clock."""

    @abstractmethod
    async def write(self, address: int, data: bytes) -> bool:
        """Write bytes anywhere; whether the bus said that it was done."""

    @abstractmethod
    async def read(self, address: int, size: int) -> tuple[bool, bytes]:
        """Read bytes anywhere; whether the bus said that it was done."""

    async def read_register(self, offset: int) -> int:
        """A register's value."""
        done, data = await self.read(offset, 4)
        assert done
        return int.from_bytes(data, "little")

    async def write_register(self, offset: int, value: int) -> bool:
        """Write a register."""
        return await self.write(offset, value.to_bytes(4, "little"))

    def model_write(self, address: int, data: bytes) -> None:
        """Write bytes anywhere into the model."""
        begin = address // self.step * self.step
        end = -(-(address + len(data)) // self.step) * self.step
        words = bytearray(self.model.read(begin, end - begin))
        words[address - begin : address - begin + len(data)] = data
        self.model.write(begin, bytes(words))

    def model_read(self, address: int, size: int) -> bytes:
        """Read bytes from anywhere in the model."""
        begin = address // self.step * self.step
        end = -(-(address + size) // self.step) * self.step
        return self.model.read(begin, end - begin)[address - begin : address - begin + size]


class WishboneHost(Host):
    """At a Wishbone port."""

    async def reset(self) -> None:
        """Start the clock, with nothing asked for."""
        names = ("cyc", "stb", "we", "adr", "sel", "dat_w")
        await start(self.dut, **{f"bus__{name}": 0 for name in names})
        self.master = WishboneMaster(self.dut, self.generator.spawn(1)[0], bus_bytes=self.step)

    async def write(self, address: int, data: bytes) -> bool:
        """See :meth:`Host.write`."""
        return await self.master.write(address, data)

    async def read(self, address: int, size: int) -> tuple[bool, bytes]:
        """See :meth:`Host.read`."""
        return await self.master.read(address, size)


class AxiHost(Host):
    """At the two AXI ports of a design, with random pauses on each of their ten channels."""

    async def reset(self) -> None:
        """Start the clock; from then on the channels pause."""
        dut = self.dut
        self.control = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "control_"), dut.clk, dut.rst)
        self.memory = AxiMaster(AxiBus.from_prefix(dut, "memory_"), dut.clk, dut.rst)
        await start(dut)
        for master in (self.control, self.memory):
            for channel in (
                master.write_if.aw_channel,
                master.write_if.w_channel,
                master.write_if.b_channel,
                master.read_if.ar_channel,
                master.read_if.r_channel,
            ):
                pauses = self.generator.random(997) < 0.4
                channel.set_pause_generator(itertools.cycle(pauses.tolist()))

    async def write(self, address: int, data: bytes) -> bool:
        """Registers through the control port, memories in bursts of any beat size and length."""
        if address >> 28 == Region.REGISTERS and self.generator.random() < 0.7:
            return (await self.control.write(address, data)).resp == AxiResp.OKAY
        return (await self.memory.write(address, data, size=self._size(address))).resp == AxiResp.OKAY

    async def read(self, address: int, size: int) -> tuple[bool, bytes]:
        """Likewise."""
        if address >> 28 == Region.REGISTERS and self.generator.random() < 0.7:
            answer = await self.control.read(address, size)
        else:
            answer = await self.memory.read(address, size, size=self._size(address))
        return answer.resp == AxiResp.OKAY, bytes(answer.data)

    def _size(self, address: int) -> int | None:
        """Any beat size; a register is one beat, because it is not written in parts."""
        if address >> 28 == Region.REGISTERS or self.generator.random() < 0.7:
            return None
        return int(self.generator.integers(0, self.step.bit_length()))


async def host_at(dut: Any) -> Host:
    """The host for the port that the design has."""
    return await (AxiHost if parameters()["bus"] == "axi" else WishboneHost).begin(dut)


@cocotb.test()
async def any_bytes(dut: Any) -> None:
    """Bytes written anywhere are read back, and nothing else has changed."""
    host = await host_at(dut)
    sizes = [1, 2, 3, host.step, 4 * host.step, 41]
    corners = [f"{size} bytes of {region.name}" for size in sizes for region in WRITABLE]
    with Coverage(*corners, "a whole word", "bytes of two words") as cover:
        for size, region in product(sizes, WRITABLE):
            for _ in range(3):
                space = min(1 << 12, region_bytes(host.config, region)) - size
                address = region.base + int(host.generator.integers(0, space))
                if host.generator.random() < 0.3:
                    address -= address % host.step
                data = host.generator.bytes(size)
                assert await host.write(address, data)
                host.model_write(address, data)
                around = max(region.base, address - 9)
                done, found = await host.read(around, size + 9)
                assert done
                assert found == host.model_read(around, size + 9), hex(address)
                cover.met(f"{size} bytes of {region.name}")
                cover.met("a whole word", size == host.step and address % host.step == 0)
                cover.met("bytes of two words", 1 < size <= host.step < address % host.step + size)


@cocotb.test()
async def errors(dut: Any) -> None:
    """What is not there, or not to be written, is refused."""
    host = await host_at(dut)
    assert await host.read_register(Register.VERSION) == VERSION_VALUE
    assert await host.read_register(Register.CONFIG_DIGEST) == host.config.digest
    for region in list(Region)[1:]:
        size = region_bytes(host.config, region)
        if size:
            assert (await host.read(region.base + size - host.step, host.step))[0], region
        assert not (await host.read(region.base + size, host.step))[0], region
        assert not await host.write(region.base + size, bytes(host.step)), region
    assert not await host.write(Region.ACCUMULATORS.base, bytes(host.step))
    assert not (await host.read(0x7000_0000, host.step))[0]
    assert not await host.write(0xF000_0000, bytes(host.step))
    assert not await host.write(Register.CONTROL, b"\0")
    assert await host.read_register(Register.STATUS) == 0
    for offset in (region_bytes(host.config, Region.REGISTERS), 0x7F8, 0x810, 0xFF8):
        assert not (await host.read(offset, 4))[0], hex(offset)


@cocotb.test()
async def network(dut: Any) -> None:
    """The bundled network, loaded over the bus, interrupts when it is done and is right."""
    host = await host_at(dut)
    image = network_image(host.config, host.generator)
    for address, data in image.writes:
        assert await host.write(address, data)
    assert await host.read_register(InterruptRegister.PENDING) == 0
    for enabled in (0, 1):
        assert await host.write_register(InterruptRegister.ENABLE, enabled)
        assert await host.read_register(InterruptRegister.ENABLE) == enabled
        assert await host.write_register(Register.CONTROL, 0)
        assert await host.read_register(Register.STATUS) == Status.RUNNING
        assert not (await host.read(image.output, 4))[0]
        assert not await host.write(image.output, bytes(host.step))
        if enabled:
            await RisingEdge(dut.interrupt)
        while Status.RUNNING in Status(await host.read_register(Register.STATUS)):
            assert not int(dut.interrupt.value)
        assert await host.read_register(Register.STATUS) == Status.ENDED
        assert await host.read_register(InterruptRegister.PENDING) == 1
        assert int(dut.interrupt.value) == enabled
        assert await host.write_register(InterruptRegister.PENDING, 0)
        assert await host.read_register(InterruptRegister.PENDING) == 1
        assert await host.write_register(InterruptRegister.PENDING, 1)
        assert await host.read_register(InterruptRegister.PENDING) == 0
        await ClockCycles(dut.clk, 5)
        assert not int(dut.interrupt.value)
        assert await host.read(image.output, len(image.expected)) == (True, image.expected)
        assert await host.write(image.output, bytes(len(image.expected)))
        # An input may lie where layers have written since.
        for address, data in image.writes[3:]:
            assert await host.write(address, data)


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """A reset stops a program wherever it is, and keeps the memories; the next start runs all of it."""
    host = await host_at(dut)
    image = network_image(host.config, host.generator)
    for cycles in (30, 200):
        for address, data in image.writes:
            assert await host.write(address, data)
        assert await host.write_register(Register.CONTROL, 0)
        await ClockCycles(dut.clk, cycles)
        dut.rst.value = 1
        await ClockCycles(dut.clk, 2)
        dut.rst.value = 0
        await ClockCycles(dut.clk, 2)
        assert await host.read_register(Register.STATUS) == 0
        assert await host.read_register(Register.CYCLES) == 0
        address, data = image.writes[0]
        assert await host.read(address, len(data)) == (True, data)
    for address, data in image.writes:
        assert await host.write(address, data)
    assert await host.write_register(Register.CONTROL, 0)
    while Status.RUNNING in Status(await host.read_register(Register.STATUS)):
        pass
    assert await host.read(image.output, len(image.expected)) == (True, image.expected)
