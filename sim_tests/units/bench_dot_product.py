"""Dot product against NumPy, new operands in every cycle."""

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage
from sim_tests.support.numbers import draw, limits, pack, unpack

CYCLES = 200

CORNERS = (
    "greatest operands",
    "greatest weights, least activations",
    "least weights, greatest activations",
    "least operands",
)


@cocotb.test()
async def random_and_extreme_operands(dut: Any) -> None:
    """Every sum of every cycle, ``latency`` cycles after its operands."""
    given = parameters()
    random = random_generator()
    length, latency, weight, activation = (
        given[name] for name in ("length", "latency", "weight", "activation")
    )
    operands = []
    with Coverage(*CORNERS) as cover:
        for cycle in range(CYCLES):
            weights, activations = draw(random, weight, length), draw(random, activation, length)
            if cycle % 4 == 0:
                extremes = [form[int(random.integers(2))] for form in (limits(weight), limits(activation))]
                weights[:], activations[:] = extremes
                lowest = [
                    value == limits(form)[0]
                    for value, form in zip(extremes, (weight, activation), strict=True)
                ]
                cover.met(CORNERS[2 * lowest[0] + lowest[1]])
            operands.append((weights, activations))

    await start(dut, weights=0, activations=0)
    for now in range(CYCLES + latency):
        if now < CYCLES:
            dut.weights.value, dut.activations.value = (
                pack(operands[now][0], weight),
                pack(operands[now][1], activation),
            )
        await FallingEdge(dut.clk)
        if now >= latency:
            weights, activations = operands[now - latency]
            assert unpack(int(dut.sum.value), given["sum"], 1)[0] == weights @ activations, f"cycle {now}"
        await RisingEdge(dut.clk)
