"""A memory that holds something from the start: the host reads it before anybody has written.

Parameters: ``image``, its contents in hexadecimal, as the host would have written them, and ``bus_width``.
"""

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge

from sim_tests.support.bench import parameters, start

HOST_LATENCY = 2


@cocotb.test()
async def is_there_from_the_start(dut: Any) -> None:
    """Every bus word, after a reset, which changes no memory."""
    given = parameters()
    image, bus_bytes = bytes.fromhex(given["image"]), given["bus_width"] // 8
    await start(dut, host__read=0, host__write=0, read__enable=0)
    for address in range(0, len(image), bus_bytes):
        dut.host__address.value = address
        dut.host__read.value = 1
        await RisingEdge(dut.clk)
        dut.host__read.value = 0
        for _ in range(HOST_LATENCY - 1):
            await RisingEdge(dut.clk)
        await FallingEdge(dut.clk)
        assert dut.host__read_valid.value == 1
        found = int(dut.host__read_data.value)
        expected = int.from_bytes(image[address : address + bus_bytes], "little")
        assert found == expected, f"{address:#x}: {found:#x}, expected {expected:#x}"
