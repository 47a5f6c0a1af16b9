"""What the cocotb side of every bench shares: parameters, clock and reset, random numbers, streams."""

import json
import os
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ReadOnly, RisingEdge, Timer

CLOCK_NS = 10


def parameters() -> dict[str, Any]:
    """The parameters that the pytest side gave to ``run_bench``."""
    return dict(json.loads(os.environ["CELOSIA_PARAMETERS"]))


def random_generator() -> np.random.Generator:
    """A random generator whose seed is the simulation's."""
    seed = int(cocotb.RANDOM_SEED)
    cocotb.log.info("random seed %d", seed)
    return np.random.default_rng(seed)


async def start(dut: Any, **inputs: int) -> None:
    """Set the given inputs, start the clock, hold reset for two cycles.

    Returns just after the rising edge that follows the last one with reset. A design without clock only gets
    its inputs.
    """
    for name, value in inputs.items():
        getattr(dut, name).value = value
    if not hasattr(dut, "clk"):
        await Timer(CLOCK_NS, "ns")
        return
    dut.rst.value = 1
    Clock(dut.clk, CLOCK_NS, "ns").start(start_high=False)
    await RisingEdge(dut.clk)
    await RisingEdge(dut.clk)
    dut.rst.value = 0
    await RisingEdge(dut.clk)


async def put(
    dut: Any, stream: str, payload: int, *, generator: np.random.Generator | None = None, stall: float = 0.0
) -> None:
    """Send one payload into the input stream whose ports start with ``stream``.

    Call it just after a rising edge; it returns just after the edge that took the payload. With a
    ``generator``, each cycle before the offer is idle with probability ``stall``.
    """
    valid, ready = getattr(dut, f"{stream}__valid"), getattr(dut, f"{stream}__ready")
    while generator is not None and generator.random() < stall:
        await RisingEdge(dut.clk)
    getattr(dut, f"{stream}__payload").value = payload
    valid.value = 1
    while True:
        await ReadOnly()
        taken = int(ready.value)
        await RisingEdge(dut.clk)
        if taken:
            valid.value = 0
            return


async def get(
    dut: Any, stream: str, *, generator: np.random.Generator | None = None, stall: float = 0.0
) -> int:
    """Take one payload from the output stream whose ports start with ``stream``; see :func:`put`."""
    valid, ready = getattr(dut, f"{stream}__valid"), getattr(dut, f"{stream}__ready")
    while generator is not None and generator.random() < stall:
        await RisingEdge(dut.clk)
    ready.value = 1
    while True:
        await ReadOnly()
        taken, payload = int(valid.value), getattr(dut, f"{stream}__payload").value
        await RisingEdge(dut.clk)
        if taken:
            ready.value = 0
            return int(payload)
