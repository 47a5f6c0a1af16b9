"""Scalar MAC against its equation, a new multiply-accumulate in every cycle."""

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.numbers import draw, limits, pack


async def check(dut: Any, *, extreme: bool) -> None:
    """Stream random operands, each addend ``addend_delay`` cycles late; compare each result modulo its width."""
    given = parameters()
    random = random_generator()
    cycles = 300
    operations = []
    for _ in range(cycles):
        operation = []
        for name in ("weight", "activation", "accumulator"):
            form = tuple(given[name])
            value = random.choice(limits(form)) if extreme else draw(random, form, 1)[0]
            operation.append(int(value))
        operations.append(operation)
    mask = (1 << given["accumulator"][0]) - 1

    await start(dut, weight=0, activation=0, addend=0)
    checked = 0
    for now in range(cycles):
        weight, activation, _ = operations[now]
        dut.weight.value = pack([weight], tuple(given["weight"]))
        dut.activation.value = pack([activation], tuple(given["activation"]))
        if now >= given["addend_delay"]:
            dut.addend.value = operations[now - given["addend_delay"]][2] & mask
        await FallingEdge(dut.clk)
        if now >= given["latency"]:
            weight, activation, addend = operations[now - given["latency"]]
            expected = (addend + weight * activation) & mask
            result = int(dut.result.value)
            assert result == expected, f"{addend} + {weight} * {activation} gave {result:#x}"
            checked += 1
        await RisingEdge(dut.clk)
    assert checked >= cycles - 3


@cocotb.test()
async def random_operands(dut: Any) -> None:
    """Operands from the whole range."""
    await check(dut, extreme=False)


@cocotb.test()
async def extreme_operands(dut: Any) -> None:
    """Least and greatest operands only."""
    await check(dut, extreme=True)
