"""Timeline counters and gate against plain Python counters."""

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge

from celosia.rtl.command import TIMELINE_BITS, Engine, Header
from sim_tests.support.bench import random_generator, start

ENGINES = len(Engine)


@cocotb.test()
async def counts_retired_commands(dut: Any) -> None:
    """Each engine's pulses count from the next cycle on; a clear wins over them."""
    random = random_generator()
    await start(dut, clear=0, retired=0, header=0)
    counts = [0] * ENGINES
    cleared = 0
    for _ in range(600):
        retired, clear = int(random.integers(1 << ENGINES)), random.random() < 0.02
        dut.retired.value, dut.clear.value = retired, clear
        await FallingEdge(dut.clk)
        assert int(dut.counts.value) == sum(count << TIMELINE_BITS * i for i, count in enumerate(counts))
        counts = [0 if clear else count + (retired >> i & 1) for i, count in enumerate(counts)]
        cleared += clear and retired != 0
        await RisingEdge(dut.clk)
    assert cleared, "no clear met a retirement"


@cocotb.test()
async def gate_opens_when_every_wait_is_met(dut: Any) -> None:
    """The gate is open exactly while each count has reached its engine's wait."""
    random = random_generator()
    await start(dut, clear=0, retired=0, header=0)
    counts = [0] * ENGINES
    seen = set()
    layout = Header.as_shape()
    fields = [layout[f"wait_{engine.name.lower()}"] for engine in Engine]
    for _ in range(600):
        waits = [max(0, count + int(random.integers(-2, 2))) for count in counts]
        retired = int(random.integers(1 << ENGINES))
        dut.header.value = sum(wait << field.offset for wait, field in zip(waits, fields, strict=True)) | 0xF
        dut.retired.value = retired
        await FallingEdge(dut.clk)
        met = [count >= wait for count, wait in zip(counts, waits, strict=True)]
        assert bool(dut.passed.value) == all(met), f"counts {counts}, waits {waits}"
        seen.add(tuple(met))
        counts = [count + (retired >> i & 1) for i, count in enumerate(counts)]
        await RisingEdge(dut.clk)
    assert len(seen) == 1 << ENGINES, f"only {seen} occurred"


@cocotb.test()
async def compares_every_bit(dut: Any) -> None:
    """A wait for the largest count is not met, one for zero is."""
    await start(dut, clear=0, retired=0, header=0)
    for engine in Engine:
        offset = Header.as_shape()[f"wait_{engine.name.lower()}"].offset
        for bit in range(TIMELINE_BITS):
            dut.header.value = 1 << offset + bit
            await FallingEdge(dut.clk)
            assert not int(dut.passed.value), f"{engine.name} bit {bit} is ignored"
            await RisingEdge(dut.clk)
    dut.header.value = 0
    await FallingEdge(dut.clk)
    assert int(dut.passed.value)
