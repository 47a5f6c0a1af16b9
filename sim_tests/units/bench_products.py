"""Products against NumPy, new operands in every cycle."""

from itertools import product
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage

CYCLES = 200


def _limits(width: int, is_signed: bool) -> tuple[int, int]:
    return (-1 << width - 1, (1 << width - 1) - 1) if is_signed else (0, (1 << width) - 1)


def _pack(values: np.ndarray, width: int) -> int:
    mask = (1 << width) - 1
    return sum((int(value) & mask) << width * place for place, value in enumerate(values.ravel()))


@cocotb.test()
async def random_and_extreme_operands(dut: Any) -> None:
    """Every product of every cycle, ``latency`` cycles after its operands."""
    given = parameters()
    random = random_generator()
    columns, length, latency = given["columns"], given["length"], given["latency"]
    weight_width, activation_width = given["weight"][0], given["activation"][0]
    operands = []
    ends = ("least", "greatest")
    for cycle in range(CYCLES):
        low, high = _limits(*given["weight"])
        weights = random.integers(low, high + 1, (columns, length))
        low_activation, high_activation = _limits(*given["activation"])
        activations = random.integers(low_activation, high_activation + 1, length)
        if cycle % 4 == 0:
            weights = random.choice([low, high, 0], (columns, length))
            activations = random.choice([low_activation, high_activation], length)
        if cycle < 4:
            weights[:] = (low, high)[cycle & 1]
            activations[:] = (low_activation, high_activation)[cycle >> 1]
        operands.append((weights, activations))
    with Coverage(
        *(f"the {w} weight times the {a} activation" for w in ends for a in ends), "a zero weight"
    ) as cover:
        cover.met("a zero weight", any((weights == 0).any() for weights, _ in operands))
        for (w, weight), (a, activation) in product(
            zip(ends, _limits(*given["weight"]), strict=True),
            zip(ends, _limits(*given["activation"]), strict=True),
        ):
            both = any(((ws == weight) & (xs == activation)).any() for ws, xs in operands)
            cover.met(f"the {w} weight times the {a} activation", both)

    await start(dut, weights=0, activations=0)
    for now in range(CYCLES + latency):
        if now < CYCLES:
            weights, activations = operands[now]
            dut.weights.value = _pack(weights, weight_width)
            dut.activations.value = _pack(activations, activation_width)
        await FallingEdge(dut.clk)
        if now >= latency:
            weights, activations = operands[now - latency]
            expected = _pack(weights * activations, weight_width + activation_width)
            assert int(dut.products.value) == expected, f"cycle {now}: {weights} * {activations}"
        await RisingEdge(dut.clk)
