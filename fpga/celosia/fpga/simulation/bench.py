"""The cocotb side of a simulated board: the harness does the work, Python only waits for its end."""

from typing import Any

import cocotb
from cocotb.triggers import RisingEdge


@cocotb.test()
async def commands(dut: Any) -> None:
    """Let the harness execute commands until there are no more."""
    if not dut.finished.value:
        await RisingEdge(dut.finished)
