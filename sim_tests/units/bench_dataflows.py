"""Arrays of all dataflows: each runs convolutions of the golden model."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from celosia.golden.convolution import conv_2d_sums
from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage
from sim_tests.support.dataflows import PLANS, Layer, Plan, Size
from sim_tests.support.numbers import Format, Numbers, draw, limits, pack, unpack, wrap
from sim_tests.support.streams import BLOCKED, STARVED, Traffic, Transfer, exchange, expect_silence

INPUTS = ("tiles", "activations", "weights")

LENGTH_BITS = 16


class Convolution:
    """A random layer, the golden model's sums, and the plan for this array."""

    def __init__(self, random: np.random.Generator, *, extreme: bool = False, longest: int = 65535) -> None:
        given = parameters()
        rows, cols, channels, outputs = given["layer"]
        self.random = random
        self.weight: Format = tuple(given["weight"])
        self.activation: Format = tuple(given["activation"])
        self.accumulator: Format = tuple(given["accumulator"])
        kernel = tuple(given["kernel"])
        stride = tuple(given["stride"])
        padding = tuple(given["padding"])
        image = self._draw(self.activation, (rows, cols, channels), extreme)
        weights = self._draw(self.weight, (outputs, *kernel, channels), extreme)
        zero = int(draw(random, self.activation, 1)[0])
        top, bottom, left, right = padding
        sums = conv_2d_sums(
            image[np.newaxis].astype(np.int8),
            weights.astype(np.int8),
            input_zero=zero,
            stride=stride,
            padding=padding,
        )
        # The array multiplies plain numbers: a border of zero points, whose share is a constant.
        padded = np.pad(image, ((top, bottom), (left, right), (0, 0)), constant_values=zero)
        self.layer = Layer(padded, weights, stride, given["products"], self.weight, self.activation)
        self.expected: Numbers = sums.reshape(-1, outputs) + zero * weights.reshape(outputs, -1).sum(axis=1)
        size = Size(given["rows"], given["cols"], longest)
        self.plan: Plan = PLANS[given["dataflow"]](self.layer, size)

    def _draw(self, form: Format, shape: tuple[int, ...], extreme: bool) -> Numbers:
        if extreme:
            return self.random.choice(np.array(limits(form)), shape)
        return draw(self.random, form, shape)

    @property
    def inputs(self) -> dict[str, list[int]]:
        """Payloads of the input streams."""
        given = parameters()
        activation, weight = given["activation_lane"], given["weight_lane"]
        return {
            "tiles": [length | given["mode"] << LENGTH_BITS for length in self.plan.tiles],
            "activations": [pack(vector, activation) for vector in self.plan.activations],
            "weights": [pack(vector, weight) for vector in self.plan.weights],
        }

    def check(self, results: list[Transfer]) -> None:
        """Add the results up where the plan says, and compare with the golden model."""
        sums = np.zeros_like(self.expected)
        assert len(results) == len(self.plan.results)
        for (_, word), elements in zip(results, self.plan.results, strict=True):
            for value, element in zip(unpack(word, self.accumulator, len(elements)), elements, strict=True):
                if element is not None:
                    sums[element] += value
        wrapped = [wrap(int(value), self.accumulator) for value in sums.flat]
        expected = [wrap(int(value), self.accumulator) for value in self.expected.flat]
        assert wrapped == expected


async def begin(dut: Any) -> np.random.Generator:
    """Reset."""
    await start(dut, **{f"{name}__valid": 0 for name in INPUTS}, results__ready=0)
    return random_generator()


async def run(dut: Any, work: Convolution, traffic: Traffic) -> dict[str, list[Transfer]]:
    """Send a whole convolution through, and compare."""
    moved = await exchange(dut, work.inputs, {"results": len(work.plan.results)}, traffic)
    work.check(moved["results"])
    return moved


@cocotb.test()
async def convolutions(dut: Any) -> None:
    """Random and extreme layers, long and short tiles, with and without pauses."""
    random = await begin(dut)
    rows, cols = parameters()["rows"], parameters()["cols"]
    lengths = ["a tile of one step", "a tile longer than the array", "a tile shorter than the array"]
    if rows == 1:
        lengths.pop()
    with Coverage(*lengths, STARVED, BLOCKED) as cover:
        for extreme, limit, idle, stall in (
            (False, 65535, 0.0, 0.0),
            (True, 65535, 0.5, 0.5),
            (False, 2, 0.0, 0.3),
            (False, 1, 0.1, 0.0),
        ):
            work = Convolution(random, extreme=extreme, longest=limit)
            for length in work.plan.tiles:
                cover.met(lengths[0], length == 1)
                cover.met(lengths[1], length > max(rows, cols))
                if rows > 1:
                    cover.met(lengths[2], length < rows)
            await run(dut, work, Traffic(random, idle=idle, stall=stall, coverage=cover))
        await expect_silence(dut, ["results"], parameters()["latency"] + 10)


@cocotb.test()
async def nobody_waits(dut: Any) -> None:
    """Long tiles back to back: as many cycles as steps, and ``latency`` for the last result."""
    random = await begin(dut)
    work = Convolution(random)
    moved = await run(dut, work, Traffic(random))
    given = parameters()
    cycles = moved["results"][-1][0] + 1
    moving = {
        "weight_stationary": "activations",
        "input_stationary": "weights",
        "output_stationary": "weights",
    }
    if given["dataflow"] in moving:
        pace = given["pace"]
        steps = [cycle for cycle, _ in moved[moving[given["dataflow"]]]]
        assert steps == list(range(steps[0], steps[0] + pace * len(steps), pace)), "a cycle is lost"
        shown = moved["results"][0][0]
        first = work.plan.tiles[0] - 1 if given["dataflow"] == "output_stationary" else 0
        assert shown == steps[first] + given["latency"]
    else:
        # An output takes as many cycles as taps, or as new elements of the image arrive for it; a tile's first
        # one waits for a window, the very first for the filter too.
        pace = max(given["taps"], given["step"])
        work_cycles = len(moved["results"]) * pace
        assert cycles <= work_cycles + (len(work.plan.tiles) + 2) * given["taps"] + given["latency"]


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """Reset forgets operands, tiles and sums, wherever they are."""
    random = await begin(dut)
    for cycles in (7, 20, 33):
        for name, payloads in Convolution(random).inputs.items():
            getattr(dut, f"{name}__payload").value = payloads[0]
            getattr(dut, f"{name}__valid").value = 1
        for _ in range(cycles):
            await RisingEdge(dut.clk)
        for name in INPUTS:
            getattr(dut, f"{name}__valid").value = 0
        dut.rst.value = 1
        await RisingEdge(dut.clk)
        dut.rst.value = 0
        await expect_silence(dut, ["results"], 3)
        await run(dut, Convolution(random), Traffic(random))
