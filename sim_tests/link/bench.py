"""The cocotb side of the fuzzed link: Python only waits for the end."""

from typing import Any

import cocotb
from cocotb.triggers import RisingEdge


@cocotb.test()
async def fuzz(dut: Any) -> None:
    """Until every byte has been sent and answered; `test_link_fuzz.py` then checks each answer."""
    await RisingEdge(dut.finished)
