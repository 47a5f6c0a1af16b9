"""A RAM that need not give the old word: what simulation shows of the part that is being written is in neither word."""

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge

from sim_tests.support.bench import parameters, start


@cocotb.test()
async def collision(dut: Any) -> None:
    """Read each word while a part of it is written, then again, then while another word is written."""
    bits, parts = parameters()["granularity"], parameters()["width"] // parameters()["granularity"]
    mask, every = (1 << bits) - 1, (1 << parts) - 1

    def pieces(word: int) -> list[int]:
        return [word >> bits * part & mask for part in range(parts)]

    await start(dut, read_enable=0, write_enable=0)
    for address in range(16):
        old = sum((3 * address + part & mask) << bits * part for part in range(parts))
        new = sum((100 + address + part & mask) << bits * part for part in range(parts))
        enable = address % every + 1
        shown = []
        for read, written, data, parts_written in (
            (0, address, old, every),
            (address, address, new, enable),
            (address, address ^ 1, 0, every),
        ):
            dut.read_enable.value, dut.read_address.value = 1, read
            dut.write_enable.value, dut.write_address.value, dut.write_data.value = (
                parts_written,
                written,
                data,
            )
            await RisingEdge(dut.clk)
            dut.write_enable.value = 0
            await FallingEdge(dut.clk)
            shown.append(pieces(int(dut.read_data.value)))
            await RisingEdge(dut.clk)
        for part, (before, after) in enumerate(zip(pieces(old), pieces(new), strict=True)):
            if enable >> part & 1:
                assert shown[1][part] not in (before, after)
                assert shown[2][part] == after
            else:
                assert shown[1][part] == shown[2][part] == before
