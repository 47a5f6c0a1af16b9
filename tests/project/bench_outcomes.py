"""A bench that ends in every way a bench can end, as its parameter ``ending`` says."""

from typing import Any

import cocotb
from cocotb.triggers import RisingEdge, Timer

from sim_tests.support.bench import parameters, random_generator, start

ENDING = parameters()["ending"]


async def _background() -> None:
    if ENDING == "background fails":
        await Timer(50, "ns")
        raise RuntimeError("background")
    try:
        await Timer(1, "ms")
    finally:
        if ENDING == "background fails late":
            raise RuntimeError("late")


@cocotb.test(skip=ENDING == "skipped")
async def outcome(dut: Any) -> None:
    """Pass a byte through, then end."""
    await start(dut)
    cocotb.start_soon(_background())
    byte = int(random_generator().integers(0, 256))
    dut.source.value = byte
    for _ in range(10):
        await RisingEdge(dut.clk)
    expected = byte ^ 1 if ENDING == "failed" else byte
    assert int(dut.sink.value) == expected
    if ENDING == "error logged":
        cocotb.log.error("something went wrong")
    while ENDING == "endless":
        await RisingEdge(dut.clk)
