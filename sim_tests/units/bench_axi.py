"""What AXI has and other buses have not: bursts that wrap or stay, ports and channels that work at once."""

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge
from cocotbext.axi import AxiBurstType, AxiResp

from celosia.rtl.bus.address_map import IDENTITY_VALUE, Region, Register, region_bytes
from sim_tests.support.coverage import Coverage
from sim_tests.units.bench_system_bus import AxiHost

CHANNELS = ("aw", "w", "b", "ar", "r")


@cocotb.test()
async def bursts(dut: Any) -> None:
    """Wrapping and fixed bursts, of all lengths."""
    host = await AxiHost.begin(dut)
    base = Region.SCRATCHPAD.base
    content = host.generator.bytes(256)
    assert await host.write(base, content)
    for beats in (2, 4, 8, 16):
        block = beats * host.step
        for _ in range(3):
            first = int(host.generator.integers(0, 256 // host.step)) * host.step
            answer = await host.memory.read(base + first, block, burst=AxiBurstType.WRAP)
            begin = first // block * block
            expected = content[first : begin + block] + content[begin:first]
            assert bytes(answer.data) == expected, (beats, first)
    answer = await host.memory.read(base + host.step, 4 * host.step, burst=AxiBurstType.FIXED)
    assert bytes(answer.data) == 4 * content[host.step : 2 * host.step]
    await host.memory.write(base, content[:64], burst=AxiBurstType.FIXED)
    done, found = await host.read(base, 64)
    assert done
    assert found == content[64 - host.step : 64] + content[host.step : 64]
    # A burst that begins outside a memory and ends in it has failed, though its last beat has not. Were the memory's
    # end near a boundary of 4 KiB, the master would split the burst there.
    end = Region.PARAMETERS.base + region_bytes(host.config, Region.PARAMETERS)
    written = await host.memory.write(end, bytes(16 * host.step), burst=AxiBurstType.WRAP)
    assert written.resp == AxiResp.DECERR


@cocotb.test()
async def both_ports(dut: Any) -> None:
    """Reads and writes at all ports at once are each served."""
    host = await AxiHost.begin(dut)
    base = Region.SCRATCHPAD.base
    data = host.generator.bytes(512)
    assert await host.write(base, data)
    cover = Coverage(*(f"{channel} waits" for channel in CHANNELS), "reads and writes at once")
    watch = cocotb.start_soon(_watch(dut, cover))
    reads = [cocotb.start_soon(host.memory.read(base + 8 * index, 64)) for index in range(8)]
    writes = [
        cocotb.start_soon(host.memory.write(base + 1024 + 64 * index, data[64 * index : 64 * index + 64]))
        for index in range(8)
    ]
    registers = [cocotb.start_soon(host.control.read(Register.IDENTITY, 4)) for _ in range(20)]
    for index, task in enumerate(reads):
        assert bytes((await task).data) == data[8 * index : 8 * index + 64]
    for task in writes:
        assert (await task).resp == AxiResp.OKAY
    for task in registers:
        assert int.from_bytes((await task).data, "little") == IDENTITY_VALUE
    assert await host.read(base + 1024, 512) == (True, data)
    watch.cancel()
    with cover:
        pass


async def _watch(dut: Any, cover: Coverage) -> None:
    """Note which channels wait, and whether data moves both ways in a cycle."""
    while True:
        await FallingEdge(dut.clk)
        valid = {name: int(getattr(dut, f"memory__{name}valid").value) for name in CHANNELS}
        ready = {name: int(getattr(dut, f"memory__{name}ready").value) for name in CHANNELS}
        for name in CHANNELS:
            cover.met(f"{name} waits", bool(valid[name] and not ready[name]))
        cover.met(
            "reads and writes at once", bool((valid["ar"] or valid["r"]) and (valid["aw"] or valid["w"]))
        )
