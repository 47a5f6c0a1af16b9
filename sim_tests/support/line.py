"""A serial line at the cocotb side of a bench; bits last ``cycles`` clock cycles, which may be a fraction."""

from collections.abc import Iterator
from typing import Any

from cocotb.triggers import ClockCycles, FallingEdge


async def send_bytes(dut: Any, line: Any, data: bytes, *, cycles: float) -> None:
    """Send bytes over the input port ``line``, without a gap."""
    lengths = _whole(cycles, 0.0)
    for value in data:
        for bit in (0, *(value >> index & 1 for index in range(8)), 1):
            line.value = bit
            await ClockCycles(dut.clk, next(lengths))


async def receive_bytes(dut: Any, line: Any, received: bytearray, *, cycles: float) -> None:
    """Collect the bytes that the output port ``line`` sends, for ever; fails on a stop bit that is not high."""
    while True:
        await FallingEdge(line)
        lengths = _whole(cycles, cycles / 2)
        await ClockCycles(dut.clk, int(cycles / 2))
        value = 0
        for index in range(8):
            await ClockCycles(dut.clk, next(lengths))
            value |= int(line.value) << index
        await ClockCycles(dut.clk, next(lengths))
        assert int(line.value), "a stop bit is low"
        received.append(value)


def _whole(cycles: float, begin: float) -> Iterator[int]:
    """Lengths of successive bits in whole cycles, from a time that lies ``begin`` cycles after a clock edge."""
    begin %= 1
    while True:
        end = begin + cycles
        yield int(end)
        begin = end % 1
