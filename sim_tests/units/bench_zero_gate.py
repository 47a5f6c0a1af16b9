"""Zero gate against a model: it says what was zero, and shows everything else a cycle later."""

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage
from sim_tests.support.numbers import Format, draw, pack


@cocotb.test()
async def holds_at_zero(dut: Any) -> None:
    """Random pairs, many with a zero on one side or both; a bipolar side has none."""
    given = parameters()
    random = random_generator()
    forms: list[Format] = [tuple(given["weight"]), tuple(given["activation"])]
    gated = [kind != "b" for _, kind in forms]
    situations = {
        (weight, activation): f"weight {'zero' if weight else 'not zero'}, activation"
        f" {'zero' if activation else 'not zero'}"
        for weight in (False, True)[: 1 + gated[0]]
        for activation in (False, True)[: 1 + gated[1]]
    }
    await start(dut, weight=0, activation=0)
    held: list[int] | None = None
    with Coverage(*situations.values()) as cover:
        for _ in range(300):
            values = [
                0 if can_be_zero and random.random() < 0.4 else int(draw(random, form, 1)[0])
                for form, can_be_zero in zip(forms, gated, strict=True)
            ]
            bits = [pack([value], form) for value, form in zip(values, forms, strict=True)]
            dut.weight.value, dut.activation.value = bits
            await RisingEdge(dut.clk)
            zeros = values[0] == 0, values[1] == 0
            cover.met(situations[zeros])
            if not any(zeros):
                held = bits
            await FallingEdge(dut.clk)
            assert int(dut.zero.value) == any(zeros), values
            if held is not None:
                found = [int(dut.held_weight.value), int(dut.held_activation.value)]
                assert found == held, f"{values}: shows {found}, expected {held}"
