"""Random dot products, a share of whose operands is zero, without a pause."""

from typing import Any

import cocotb
import numpy as np

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.numbers import Numbers, draw, pack, unpack
from sim_tests.support.streams import Traffic, exchange

BYTE, SUM = (8, "s"), (32, "s")


@cocotb.test()
async def products(dut: Any) -> None:
    """Activations are zero as often as the parameter ``zeros`` says, as behind a ReLU; results are compared."""
    random = random_generator()
    given = parameters()
    length, count = given["length"], given["count"]
    await start(dut, operands__valid=0, results__ready=0)

    def operands() -> tuple[Numbers, Numbers]:
        weights, activations = (draw(random, BYTE, length) for _ in range(2))
        activations[random.random(length) < given["zeros"]] = 0
        return weights, activations

    pairs = [operands() for _ in range(count)]
    words = [pack(np.concatenate(pair), BYTE) for pair in pairs]
    moved = await exchange(dut, {"operands": words}, {"results": count}, Traffic(random))
    results = [unpack(word, SUM, 1)[0] for _, word in moved["results"]]
    assert results == [int(weights @ activations) for weights, activations in pairs]
