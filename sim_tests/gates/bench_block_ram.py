"""A block RAM's model against its data sheet: a memory of single bits, and what each port shows of it."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, fields
from random import Random
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage

CYCLES = 3000
LANES = 2048

#: Lanes that are looked at: the first and the last few, so that both ports often meet.
PLACES = [*range(6), *range(LANES - 6, LANES)]


def initial_contents(seed: int, lane_bits: int) -> int:
    """Random contents of a whole memory, the first lane lowest."""
    return Random(seed).getrandbits(LANES * lane_bits)


@dataclass(frozen=True)
class Access:
    """Inputs of a port in one cycle."""

    enable: bool
    select: int
    write: bool
    reset: bool
    hold: bool
    address: int
    data: int


class Port:
    """What a data sheet says of a port: which bits an access reaches, and what it shows after one."""

    def __init__(self, *, width: int, mode: str, held: bool, select: int, reads: bool, writes: bool) -> None:
        self.width, self.mode, self.held, self.select = width, mode, held, select
        self.reads, self.writes = reads, writes
        self._latch = self._register = 0

    @property
    def lanes(self) -> int:
        """Whole lanes of a word; 0 for a part of one."""
        return self.width // 8

    @property
    def result(self) -> int:
        """What the port's pins show."""
        return self._register if self.held else self._latch

    def is_used(self, access: Access) -> bool:
        """Whether the port is enabled and selected."""
        return access.enable and access.select == self.select

    def bits(self, address: int) -> list[int]:
        """Places of a word's bits, 9 a lane, the lowest first."""
        if not self.lanes:
            bit = address // self.width * self.width
            return [bit // 8 * 9 + (bit + i) % 8 for i in range(self.width)]
        first = address // 8 // self.lanes * self.lanes
        return [
            9 * lane + i for lane in range(first, first + self.lanes) for i in range(self.width // self.lanes)
        ]

    def written(self, access: Access) -> dict[int, int]:
        """The bits that an access writes, by place; of wide ports, those of the lanes that the address enables."""
        if not self.is_used(access) or not access.write:
            return {}
        places = self.bits(access.address)
        lane_bits = self.width // self.lanes if self.lanes else self.width
        return {
            bit: access.data >> index & 1
            for index, bit in enumerate(places)
            if self.lanes < 2 or access.address >> index // lane_bits & 1
        }

    def clock(self, access: Access, bits: Sequence[int], disturbed: Container[int]) -> None:
        """What an edge does to the port's registers; a read gives the inverse of bits that the other port writes."""
        if access.reset:
            self._latch = self._register = 0
            return
        if access.hold:
            self._register = self._latch
        if not self.is_used(access):
            return
        if access.write and self.mode == "write through":
            self._latch = access.data
        elif not access.write or self.mode == "read before write":
            values = [bits[bit] ^ (bit in disturbed) for bit in self.bits(access.address)]
            self._latch = sum(value << index for index, value in enumerate(values))


def _contents(given: dict[str, Any]) -> list[int]:
    """Bits of the initial contents, 9 a lane."""
    contents = initial_contents(given["contents_seed"], given["lane_bits"])
    bits = []
    for lane in range(LANES):
        value = contents >> given["lane_bits"] * lane & (1 << given["lane_bits"]) - 1
        bits += [value >> i & 1 for i in range(9)]
    return bits


def _draw(random: np.random.Generator, port: Port) -> Access:
    """Inputs that the data sheet says something about: no reset of a port while it writes."""
    write = port.writes and (not port.reads or bool(random.random() < 0.4))
    address = int(random.choice(PLACES)) * 8 + int(random.integers(8))
    if port.lanes > 1 and write:
        address = address & -16 | int(random.integers(16))
    return Access(
        enable=bool(random.random() < 0.8),
        select=port.select if random.random() < 0.9 else port.select ^ 4,
        write=write,
        reset=port.reads and not write and bool(random.random() < 0.05),
        hold=bool(random.random() < 0.7),
        address=address,
        data=int(random.integers(1 << port.width)),
    )


@cocotb.test()
async def random_accesses(dut: Any) -> None:
    """Random accesses of all ports, often to the same lanes; never writes to the same bits."""
    given = parameters()
    random = random_generator()
    ports = {name: Port(**port) for name, port in given["ports"].items()}
    bits = _contents(given)
    await start(dut, **{f"{field.name}_{name}": 0 for field in fields(Access) for name in "ab"})
    situations = ["a reset"]
    if len(ports) > 1:
        situations.append("a read beside a write of its bits")
    if any(port.writes and port.lanes > 1 for port in ports.values()):
        situations.append("a write of some lanes")
    with Coverage(*situations) as cover:
        for cycle in range(CYCLES):
            accesses = {name: _draw(random, port) for name, port in ports.items()}
            writes = {name: ports[name].written(access) for name, access in accesses.items()}
            while len(ports) > 1 and writes["a"].keys() & writes["b"].keys():
                accesses["b"] = _draw(random, ports["b"])
                writes["b"] = ports["b"].written(accesses["b"])
            for name, access in accesses.items():
                for signal, value in vars(access).items():
                    getattr(dut, f"{signal}_{name}").value = int(value)
            await RisingEdge(dut.clk)
            for name, port in ports.items():
                access = accesses[name]
                others = {bit for other in ports if other != name for bit in writes[other]}
                cover.met("a reset", access.reset)
                if len(ports) > 1 and port.reads and port.is_used(access) and not access.write:
                    beside = others & set(port.bits(access.address))
                    cover.met("a read beside a write of its bits", bool(beside))
                if "a write of some lanes" in situations:
                    cover.met("a write of some lanes", 0 < len(writes[name]) < port.width)
                port.clock(access, bits, others)
            for written in writes.values():
                for bit, value in written.items():
                    bits[bit] = value
            await FallingEdge(dut.clk)
            for name, port in ports.items():
                if port.reads:
                    shown = getattr(dut, f"result_{name}").value[port.width - 1 : 0].to_unsigned()
                    assert shown == port.result, (
                        f"cycle {cycle}, port {name}: {shown:x}, must be {port.result:x}"
                    )
