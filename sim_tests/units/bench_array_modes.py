"""Arrays whose tiles have modes, against the golden model: matrix products of all modes, mixed from tile to tile."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from celosia.golden.matmul import matmul
from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage
from sim_tests.support.numbers import Format, Numbers, draw, limits, pack, unpack, wrap
from sim_tests.support.streams import BLOCKED, STARVED, Traffic, Transfer, exchange, expect_silence

INPUTS = ("tiles", "activations", "weights")

LENGTH_BITS = 16

#: Tiles that are sent at least.
SHORTEST = 12


class Tiles:
    """Tiles of random operands, and their sums."""

    def __init__(self, random: np.random.Generator) -> None:
        given = parameters()
        self.random = random
        self.rows: int = given["rows"]
        self.cols: int = given["cols"]
        self.dataflow: str = given["dataflow"]
        self.weight_lane: Format = tuple(given["weight_lane"])
        self.activation_lane: Format = tuple(given["activation_lane"])
        self.accumulator: Format = tuple(given["accumulator"])
        self.modes: list[dict[str, Any]] = given["modes"]
        self.inputs: dict[str, list[int]] = {name: [] for name in INPUTS}
        self.expected: list[Numbers] = []

    @property
    def moving(self) -> str:
        """The stream that sets the pace."""
        return "activations" if self.dataflow == "weight_stationary" else "weights"

    def add(self, mode: dict[str, Any], length: int, *, extreme: bool = False) -> None:
        """A tile of so many vectors."""
        products = mode["products"]
        match self.dataflow:
            case "weight_stationary":
                vectors, inputs, outputs = length, self.rows * products, self.cols
            case "input_stationary":
                vectors, inputs, outputs = self.cols, self.rows * products, length
            case _:
                vectors, inputs, outputs = self.rows, length * products, self.cols
        activations = self._draw(tuple(mode["activation"]), (vectors, inputs), extreme)
        weights = self._draw(tuple(mode["weight"]), (inputs, outputs), extreme)
        sums = matmul(activations, weights, width=self.accumulator[0])
        by_vector = self._lanes(activations, mode["activation"], products, self.activation_lane)
        by_output = self._lanes(weights.T, mode["weight"], products, self.weight_lane)
        # Lanes of one number an input, for each vector or output, or the other way round.
        across_vectors, across_outputs = (
            list(map(list, zip(*rows, strict=True))) for rows in (by_vector, by_output)
        )
        match self.dataflow:
            case "weight_stationary":
                by_output = across_outputs
            case "input_stationary":
                by_vector, sums = across_vectors, sums.T
            case _:
                by_vector, by_output = across_vectors, across_outputs
        self.inputs["tiles"].append(length | mode["mode"] << LENGTH_BITS)
        self.inputs["activations"] += [pack(row, (self.activation_lane[0], "u")) for row in by_vector]
        self.inputs["weights"] += [pack(row, (self.weight_lane[0], "u")) for row in by_output]
        self.expected += list(sums)

    def _draw(self, form: Format, shape: tuple[int, int], extreme: bool) -> Numbers:
        return (
            self.random.choice(np.array(limits(form)), shape) if extreme else draw(self.random, form, shape)
        )

    def _lanes(self, matrix: Numbers, form: Format, products: int, lane: Format) -> list[list[int]]:
        """For each row, its numbers as lanes of so many each, whose unused bits are rubbish."""
        used = form[0] * products
        rows = []
        for row in matrix:
            groups = [pack(row[i : i + products], form) for i in range(0, len(row), products)]
            rubbish = self.random.integers(0, 1 << lane[0] - used, len(groups))
            rows.append([int(r) << used | group for r, group in zip(rubbish, groups, strict=True)])
        return rows

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
async def mixed(dut: Any) -> None:
    """Short and long tiles of any mode after any other, with and without pauses."""
    random = await begin(dut)
    count = len(parameters()["modes"])
    pairs = [f"{before} then {after}" for before in range(count) for after in range(count)]
    with Coverage("a tile of one step", "extreme operands", *pairs, STARVED, BLOCKED) as cover:
        for idle, stall in ((0.0, 0.0), (0.3, 0.2), (0.1, 0.5)):
            tiles = Tiles(random)
            order = [
                after for pair in random.permutation(count * count) for after in divmod(int(pair), count)
            ]
            order *= -(-SHORTEST // len(order))
            for index, (before, after) in enumerate(zip([order[0], *order], order, strict=False)):
                length = 1 if index == 0 else int(random.integers(1, 8))
                extreme = index % 3 == 0
                tiles.add(tiles.modes[after], length, extreme=extreme)
                cover.met("a tile of one step", length == 1)
                cover.met("extreme operands", extreme)
                cover.met(f"{before} then {after}")
            await run(dut, tiles, Traffic(random, idle=idle, stall=stall, coverage=cover))
        await expect_silence(dut, ["results"], 2 * parameters()["latency"])


@cocotb.test()
async def narrow_is_fast(dut: Any) -> None:
    """A vector takes as many cycles as its mode says, and ``latency`` up to its result."""
    random = await begin(dut)
    for mode in parameters()["modes"]:
        tiles = Tiles(random)
        length = 3 * tiles.rows
        tiles.add(mode, length)
        moved = await run(dut, tiles, Traffic(random))
        pace, latency = mode["pace"], parameters()["latency"]
        taken = [cycle for cycle, _ in moved[tiles.moving]]
        assert taken == list(range(taken[0], taken[0] + pace * length, pace))
        results = [cycle for cycle, _ in moved["results"]]
        if tiles.dataflow == "output_stationary":
            assert results == [taken[-1] + latency + row for row in range(tiles.rows)]
        else:
            assert results == [cycle + latency for cycle in taken]
        for _ in range(tiles.rows):
            await RisingEdge(dut.clk)


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """Reset forgets the tile at work, its mode, and how far its operands are."""
    random = await begin(dut)
    for cycles in (5, 12, 17, 30):
        tiles = Tiles(random)
        tiles.add(tiles.modes[-1], 100)
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
        for mode in after.modes[:2]:
            after.add(mode, 12)
        await run(dut, after, Traffic(random))
