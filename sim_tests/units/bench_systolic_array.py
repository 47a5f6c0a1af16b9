"""Systolic array against its contract: a shadow tile, an active tile and a matrix product, cycle by cycle."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage
from sim_tests.support.numbers import Format, Numbers, draw, limits, pack, unpack


class Model:
    """Drives the array, and keeps what each column of PEs must give, and when."""

    def __init__(self, dut: Any) -> None:
        given = parameters()
        self.dut = dut
        self.rows: int = given["rows"]
        self.cols: int = given["cols"]
        self.pe_cols: int = given["pe_cols"]
        self.rows_per_load: int = given["weight_rows_per_cycle"]
        self.groups = self.rows // self.rows_per_load
        self.latency: int = given["latency"]
        self.weight: Format = tuple(given["weight"])
        self.activation: Format = tuple(given["activation"])
        self.accumulator: Format = tuple(given["accumulator"])
        self._formats = {"weight": self.weight, "activation": self.activation}
        self.coverage: Coverage | None = None
        self.random = random_generator()
        self.shadow = np.zeros((self.rows, self.cols), np.int64)
        self.active = self.shadow
        self.now = 0
        pe_columns = self.cols // self.pe_cols
        self.expected: list[list[tuple[int, list[int]]]] = [[] for _ in range(pe_columns)]
        self.observed: list[list[tuple[int, list[int]]]] = [[] for _ in range(pe_columns)]

    def weights(self, *, extreme: bool = False) -> Numbers:
        """Random rows for one load."""
        return self._draw(self.weight, (self.rows_per_load, self.cols), extreme)

    def vector(self, *, extreme: bool = False) -> Numbers:
        """Random activations."""
        return self._draw(self.activation, (self.rows,), extreme)

    def _draw(self, form: Format, shape: tuple[int, ...], extreme: bool) -> Numbers:
        if extreme:
            low, high = limits(form)
            return self.random.choice(np.array([low, low, low, high]), shape)
        return draw(self.random, form, shape)

    async def reset(self) -> None:
        """Reset for a cycle: vectors under way are forgotten."""
        self.dut.rst.value, self.dut.valid.value, self.dut.load.value = 1, 0, 0
        await RisingEdge(self.dut.clk)
        self.dut.rst.value = 0
        self.now += 1
        for results in (*self.expected, *self.observed):
            results.clear()

    async def start(self) -> None:
        """Release reset and load the first tile, which the caller's first vector must swap in."""
        await start(self.dut, activations=0, valid=0, swap=0, weights=0, load=0, load_group=0)
        for group in range(self.groups):
            await self.cycle(load=(group, self.weights()))

    async def cycle(
        self,
        vector: Numbers | None = None,
        *,
        swap: bool = False,
        load: tuple[int, Numbers] | None = None,
    ) -> None:
        """One cycle with or without a vector and a load; inputs that are not enabled are random."""
        self.dut.valid.value = vector is not None
        self.dut.swap.value = swap
        self.dut.load.value = load is not None
        self.dut.activations.value = pack(self.vector() if vector is None else vector, self.activation)
        group, weights = load or (int(self.random.integers(self.groups)), self.weights())
        self.dut.load_group.value = group
        self.dut.weights.value = pack(weights.ravel(), self.weight)
        if vector is not None:
            if swap:
                self.active = self.shadow.copy()
            self._expect(vector @ self.active)
            if self.coverage is not None:
                self._note(vector)
        if load is not None:
            first = group * self.rows_per_load
            self.shadow[first : first + self.rows_per_load] = weights
        await FallingEdge(self.dut.clk)
        self._observe()
        await RisingEdge(self.dut.clk)
        self.now += 1

    def _note(self, vector: Numbers) -> None:
        assert self.coverage is not None
        for name, factors in (("activation", vector), ("weight", self.active)):
            for end, extreme in zip(("least", "greatest"), limits(self._formats[name]), strict=True):
                self.coverage.met(f"the {end} {name}s", bool((factors == extreme).all()))

    def _expect(self, sums: Numbers) -> None:
        wrapped = unpack(pack(sums, self.accumulator), self.accumulator, self.cols)
        for j, results in enumerate(self.expected):
            results.append((self.now + self.latency + j, wrapped[j * self.pe_cols : (j + 1) * self.pe_cols]))

    def _observe(self) -> None:
        valid = int(self.dut.psums_valid.value)
        if not valid:
            return
        bits = str(self.dut.psums.value)[::-1]  # columns without a result may hold anything, X included
        width = self.accumulator[0] * self.pe_cols
        for j, results in enumerate(self.observed):
            if valid >> j & 1:
                column = int(bits[j * width : (j + 1) * width][::-1], 2)
                results.append((self.now, unpack(column, self.accumulator, self.pe_cols)))

    async def finish(self) -> None:
        """Let the last results out and compare all of them, with their cycles."""
        for _ in range(self.latency + len(self.expected)):
            await self.cycle()
        assert len(self.expected[0]) > 50, "the case must send vectors"
        for j, (expected, observed) in enumerate(zip(self.expected, self.observed, strict=True)):
            for left, right in zip(expected, observed, strict=False):
                assert left == right, f"PE column {j}: (cycle, psums) {right}, expected {left}"
            assert len(expected) == len(observed), f"PE column {j}: {len(observed)} results"


@cocotb.test()
async def anything_goes(dut: Any) -> None:
    """Vectors, swaps and loads in any order, swaps of unfinished tiles and swaps without a vector included."""
    model = Model(dut)
    await model.start()
    await model.cycle(model.vector(), swap=True)
    before = False
    with Coverage(
        "vectors back to back",
        "a pause",
        "a swap without a vector",
        "a swap in the cycle of a load",
        "a load alone",
    ) as cover:
        for density in (0.2, 0.5, 0.9):
            for _ in range(150):
                vector = model.vector() if model.random.random() < density else None
                swap = bool(model.random.random() < 0.3)
                group = int(model.random.integers(model.groups))
                load = (group, model.weights()) if model.random.random() < 0.5 else None
                await model.cycle(vector, swap=swap, load=load)
                some = vector is not None
                cover.met("vectors back to back", before and some)
                cover.met("a pause", not some)
                cover.met("a swap without a vector", swap and not some)
                cover.met("a swap in the cycle of a load", swap and some and load is not None)
                cover.met("a load alone", load is not None and not some)
                before = some
    await model.finish()


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """A reset forgets the vectors in the array, wherever they are; the next ones, with their tile, are right."""
    model = Model(dut)
    for waited in range(0, model.latency + len(model.expected), 3):
        await model.start()
        await model.cycle(model.vector(), swap=True)
        for _ in range(waited):
            await model.cycle()
        await model.reset()
        for _ in range(model.latency + len(model.expected)):
            await model.cycle()
        assert not any(model.observed), "a result survived the reset"
    await model.start()
    for index in range(60):
        await model.cycle(model.vector(), swap=index == 0)
    await model.finish()


@cocotb.test()
async def tiles_without_a_gap(dut: Any) -> None:
    """A load and a vector in every cycle, a new tile as often as loading permits."""
    model = Model(dut)
    await model.start()
    for _ in range(max(12, 80 // model.groups)):
        for group in range(model.groups):
            await model.cycle(model.vector(), swap=group == 0, load=(group, model.weights()))
    await model.finish()


@cocotb.test()
async def extreme_operands(dut: Any) -> None:
    """Only the least and the greatest operands: the largest products and sums there are."""
    model = Model(dut)
    await model.start()
    corners = [f"the {end} {name}s" for end in ("least", "greatest") for name in ("weight", "activation")]
    with Coverage(*corners) as model.coverage:
        for extreme in limits(model.weight):
            for group in range(model.groups):
                await model.cycle(load=(group, np.full((model.rows_per_load, model.cols), extreme)))
            await model.cycle(np.full(model.rows, limits(model.activation)[0]), swap=True)
            await model.cycle(np.full(model.rows, limits(model.activation)[1]))
        for _ in range(max(6, 60 // model.groups)):
            for group in range(model.groups):
                await model.cycle(
                    model.vector(extreme=True), swap=group == 0, load=(group, model.weights(extreme=True))
                )
    await model.finish()
