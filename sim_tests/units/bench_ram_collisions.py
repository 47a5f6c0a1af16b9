"""A RAM that need not give the old word: what simulation shows in a collision is neither word."""

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge

from sim_tests.support.bench import start


@cocotb.test()
async def collision(dut: Any) -> None:
    """Read each word while it is written, then again, then while another one is written."""
    await start(dut, read_enable=0, write_enable=0)
    for address in range(16):
        old, new = 3 * address, 100 + address
        shown = []
        for read, written, data in ((0, address, old), (address, address, new), (address, address ^ 1, 0)):
            dut.read_enable.value, dut.read_address.value = 1, read
            dut.write_enable.value, dut.write_address.value, dut.write_data.value = 1, written, data
            await RisingEdge(dut.clk)
            dut.write_enable.value = 0
            await FallingEdge(dut.clk)
            shown.append(int(dut.read_data.value))
            await RisingEdge(dut.clk)
        assert shown[1] not in (old, new)
        assert shown[2] == new
