"""A bench of a design whose clock the simulator drives: all that one may wait for, and when it comes."""

from typing import Any

import cocotb
from cocotb.triggers import NextTimeStep, ReadOnly, RisingEdge, Timer, ValueChange
from cocotb.utils import get_sim_time

HALF_PERIOD = 5


def edges(time: int) -> int:
    """Rising edges up to a time in nanoseconds: the first is at 5, then one every 10."""
    return (time + HALF_PERIOD) // (2 * HALF_PERIOD)


@cocotb.test()
async def waits(dut: Any) -> None:
    """Wait for a signal, a time between edges, one on an edge; write; wait for the end of a time step."""
    await RisingEdge(dut.full)
    assert get_sim_time("ns") == 1000 * 2 * HALF_PERIOD - HALF_PERIOD
    assert int(dut.count.value) == 1000
    for delay in (3, 4, 1, 2, HALF_PERIOD, 10 * HALF_PERIOD, 1234):
        await Timer(delay, "ns")
        now = int(get_sim_time("ns"))
        await ReadOnly()
        assert int(dut.count.value) == edges(now), now
        await NextTimeStep()
    dut.clear.value = 1
    for expected in (edges(now) + 1, 0, 0):
        await RisingEdge(dut.clk)
        assert int(dut.count.value) == expected
    dut.clear.value = 0
    await ValueChange(dut.count)
    assert int(dut.count.value) == 1
