"""Precision-scalable array against NumPy: products of matrices of all precisions, mixed from tile to tile."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage
from sim_tests.support.numbers import Format, Numbers, draw, limits, pack, unpack, wrap
from sim_tests.support.streams import BLOCKED, STARVED, Traffic, Transfer, exchange, expect_silence

#: Products, bits of a weight, bits of an activation, in the order of the encoding.
PRECISIONS = [(1, 8, 8), (2, 4, 8), (4, 4, 4), (8, 2, 2)]

INPUTS = ("tiles", "activations", "weights")


class Tiles:
    """Tiles of random operands, and their sums."""

    def __init__(self, random: np.random.Generator) -> None:
        given = parameters()
        self.random = random
        self.rows: int = given["rows"]
        self.cols: int = given["cols"]
        self.weight_kind: str = given["weight_kind"]
        self.activation_kind: str = given["activation_kind"]
        self.accumulator: Format = tuple(given["accumulator"])
        self.latency: int = given["latency"]
        self.inputs: dict[str, list[int]] = {name: [] for name in INPUTS}
        self.expected: list[Numbers] = []

    def add(self, precision: int, inputs: int, *, extreme: bool = False) -> int:
        """A tile over so many inputs; those that fill the last step up are zero. Returns its steps."""
        products, weight_bits, activation_bits = PRECISIONS[precision]
        weight_format = weight_bits, self.weight_kind
        activation_format = activation_bits, self.activation_kind
        steps = -(-inputs // products)
        weights = self._draw(weight_format, (steps * products, self.cols), extreme)
        activations = self._draw(activation_format, (self.rows, steps * products), extreme)
        weights[inputs:] = 0
        self.inputs["tiles"].append(steps | precision << 16)
        for step in range(steps):
            part = slice(step * products, (step + 1) * products)
            self.inputs["activations"].append(self._packed(activations[:, part], activation_format))
            self.inputs["weights"].append(self._packed(weights[part].T, weight_format))
        self.expected += list(activations @ weights)
        return steps

    def _draw(self, form: Format, shape: tuple[int, int], extreme: bool) -> Numbers:
        return (
            self.random.choice(np.array(limits(form)), shape) if extreme else draw(self.random, form, shape)
        )

    def _packed(self, lanes: Numbers, form: Format) -> int:
        """A vector of 16-bit lanes, whose unused bits are rubbish."""
        used = form[0] * lanes.shape[1]
        words = []
        for lane in lanes:
            rubbish = int(self.random.integers(0, 1 << 16 - used))
            words.append(rubbish << used | pack(lane, form))
        return pack(words, (16, "u"))

    def check(self, results: list[Transfer]) -> None:
        """Compare every result."""
        for index, ((_, word), sums) in enumerate(zip(results, self.expected, strict=True)):
            expected = [wrap(int(value), self.accumulator) for value in sums]
            found = unpack(word, self.accumulator, self.cols)
            assert found == expected, f"result {index}: {found}, not {expected}"


async def begin(dut: Any) -> np.random.Generator:
    """Reset."""
    await start(dut, **{f"{name}__valid": 0 for name in INPUTS}, results__ready=0)
    return random_generator()


async def run(dut: Any, tiles: Tiles, traffic: Traffic) -> dict[str, list[Transfer]]:
    """Send all tiles through, and compare."""
    moved = await exchange(dut, tiles.inputs, {"results": len(tiles.expected)}, traffic)
    tiles.check(moved["results"])
    return moved


@cocotb.test()
async def precisions_mixed(dut: Any) -> None:
    """Tiles of every precision after each other, short and long, with and without pauses."""
    random = await begin(dut)
    changes = [f"{before} then {after}" for before in range(4) for after in range(4)]
    with Coverage(*changes, "a tile of one step", STARVED, BLOCKED) as cover:
        for idle, stall in ((0.0, 0.0), (0.4, 0.2), (0.1, 0.5)):
            tiles = Tiles(random)
            before = 0
            for precision in [int(each) for each in random.permutation(np.arange(48) % 4)]:
                steps = tiles.add(precision, int(random.integers(1, 20)), extreme=bool(random.random() < 0.3))
                cover.met("a tile of one step", steps == 1)
                cover.met(f"{before} then {precision}")
                before = precision
            for precision in (0, 0, 1, 1, 2, 2, 3, 3, 0, 2, 0, 3, 1, 0, 1, 3, 2, 1, 2, 3):
                tiles.add(precision, 9)
                cover.met(f"{before} then {precision}")
                before = precision
            await run(dut, tiles, Traffic(random, idle=idle, stall=stall, coverage=cover))
        await expect_silence(dut, ["results"], 2 * tiles.latency)


@cocotb.test()
async def narrow_is_fast(dut: Any) -> None:
    """As many steps as the precision needs, one a cycle, and ``latency`` for the first result."""
    random = await begin(dut)
    for precision, (products, _, _) in enumerate(PRECISIONS):
        tiles = Tiles(random)
        inputs = 8 * max(tiles.rows, 2)
        steps = tiles.add(precision, inputs)
        assert steps == inputs // products
        moved = await run(dut, tiles, Traffic(random))
        taken = [cycle for cycle, _ in moved["weights"]]
        assert taken == list(range(steps))
        assert [cycle for cycle, _ in moved["results"]] == [
            steps - 1 + tiles.latency + row for row in range(tiles.rows)
        ]
        for _ in range(tiles.rows):
            await RisingEdge(dut.clk)


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """Reset forgets the tile at work and its precision."""
    random = await begin(dut)
    for cycles in (5, 17):
        tiles = Tiles(random)
        tiles.add(3, 100)
        for name in INPUTS:
            getattr(dut, f"{name}__payload").value = tiles.inputs[name][0]
            getattr(dut, f"{name}__valid").value = 1
        for _ in range(cycles):
            await RisingEdge(dut.clk)
        for name in INPUTS:
            getattr(dut, f"{name}__valid").value = 0
        dut.rst.value = 1
        await RisingEdge(dut.clk)
        dut.rst.value = 0
        await expect_silence(dut, ["results"], 3)
        after = Tiles(random)
        after.add(1, 12)
        after.add(0, 12)
        await run(dut, after, Traffic(random))
