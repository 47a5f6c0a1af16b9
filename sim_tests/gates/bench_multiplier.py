"""A multiplier block without registers against integers."""

from typing import Any

import cocotb
from cocotb.triggers import Timer

from sim_tests.support.bench import parameters, random_generator
from sim_tests.support.numbers import draw, limits, pack

PAIRS = 500


@cocotb.test()
async def all_signs(dut: Any) -> None:
    """Random and extreme operands, each signed and unsigned."""
    width = parameters()["width"]
    random = random_generator()
    for a_kind in "su":
        for b_kind in "su":
            formats = (width, a_kind), (width, b_kind)
            dut.a_signed.value, dut.b_signed.value = (int(kind == "s") for kind in (a_kind, b_kind))
            pairs = list(zip(*(draw(random, form, PAIRS).tolist() for form in formats), strict=True))
            pairs += [(a, b) for a in (*limits(formats[0]), 0) for b in (*limits(formats[1]), 0)]
            for a, b in pairs:
                dut.a.value, dut.b.value = pack([a], formats[0]), pack([b], formats[1])
                await Timer(1, "ns")
                expected = a * b & (1 << 2 * width) - 1
                assert dut.product.value.to_unsigned() == expected, f"{a} * {b}"
