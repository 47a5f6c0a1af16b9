"""The cocotb side of the RTL device: the harness does the work, Python only waits for its end."""

from typing import Any

import cocotb
from cocotb.triggers import RisingEdge


@cocotb.test()
async def transactions(dut: Any) -> None:
    """Let the harness execute its host's transactions until there are no more."""
    if not dut.finished.value:
        await RisingEdge(dut.finished)
