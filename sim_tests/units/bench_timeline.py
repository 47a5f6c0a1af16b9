"""Timeline counters and gate against plain Python counters."""

from itertools import product
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge

from celosia.rtl.command import TIMELINE_BITS, Engine, Header
from sim_tests.support.bench import random_generator, start
from sim_tests.support.coverage import Coverage

ENGINES = len(Engine)


@cocotb.test()
async def counts_retired_commands(dut: Any) -> None:
    """Each engine's pulses count from the next cycle on; a clear wins over them."""
    random = random_generator()
    await start(dut, clear=0, retired=0, header=0)
    counts = [0] * ENGINES
    with Coverage(
        "a clear beside a retirement", "all engines retire", "a reset beside a retirement"
    ) as cover:
        for step in range(600):
            retired, clear, reset = (
                int(random.integers(1 << ENGINES)),
                random.random() < 0.03,
                step % 200 == 199,
            )
            dut.retired.value, dut.clear.value, dut.rst.value = retired, clear, reset
            await FallingEdge(dut.clk)
            assert int(dut.counts.value) == sum(count << TIMELINE_BITS * i for i, count in enumerate(counts))
            zero = clear or reset
            counts = [0 if zero else count + (retired >> i & 1) for i, count in enumerate(counts)]
            cover.met("a clear beside a retirement", clear and retired != 0)
            cover.met("all engines retire", retired == (1 << ENGINES) - 1)
            cover.met("a reset beside a retirement", reset)
            await RisingEdge(dut.clk)


@cocotb.test()
async def gate_opens_when_every_wait_is_met(dut: Any) -> None:
    """The gate is open exactly while each count has reached its engine's wait."""
    random = random_generator()
    await start(dut, clear=0, retired=0, header=0)
    counts = [0] * ENGINES
    layout = Header.as_shape()
    fields = [layout[f"wait_{engine.name.lower()}"] for engine in Engine]
    with Coverage(*(f"met: {met}" for met in product((False, True), repeat=ENGINES))) as cover:
        for _ in range(600):
            waits = [max(0, count + int(random.integers(-2, 2))) for count in counts]
            retired = int(random.integers(1 << ENGINES))
            header = sum(wait << field.offset for wait, field in zip(waits, fields, strict=True))
            dut.header.value, dut.retired.value = header | 0xF, retired
            await FallingEdge(dut.clk)
            met = tuple(count >= wait for count, wait in zip(counts, waits, strict=True))
            assert bool(dut.passed.value) == all(met), f"counts {counts}, waits {waits}"
            cover.met(f"met: {met}")
            counts = [count + (retired >> i & 1) for i, count in enumerate(counts)]
            await RisingEdge(dut.clk)


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
