"""DEPTHWISE engine against its commands' loop nest: every window's sums and tag, and the cycles pixels issue in."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge

from celosia.rtl.command import TIMELINE_BITS, Engine
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.engine.status import EngineStatus
from sim_tests.support.banks import check_needs
from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage
from sim_tests.units.depthwise_model import Fields, Machine, Pixel, Result, command_bits, pack

PATIENCE = 3000  # cycles without a pixel that cannot be chance
LONG = 60  # cycles in which weights are certainly loaded

CORNERS = (
    "padding",
    "a pixel that is read",
    "sums that add",
    "sums that overwrite",
    "a command longer than its loading",
)
WAITS = [f"wait_{engine.name.lower()}" for engine in Engine]


class Bench:
    """The engine's surroundings, cycle by cycle: command source, timeline, scratchpad, weight memory."""

    def __init__(self, dut: Any, *, grant: float = 1.0, offer: float = 1.0) -> None:
        given = parameters()
        self.dut = dut
        self.config = config = AcceleratorConfig(**given["config"])
        self.scratchpad_latency: int = given["scratchpad_latency"]
        self.weight_latency: int = given["weight_latency"]
        self.latency: int = given["latency"]
        self.load: int = config.depthwise_weight_words + given["settle"]
        self.random = random_generator()
        self.machine = Machine(config, self.random)
        self.grant, self.offer = grant, offer
        self.now = 0
        self.forget()

    def forget(self) -> None:
        """Begin anew, as after a reset."""
        self.waits: list[tuple[int, ...]] = []
        self.commands: list[int] = []
        self.expected: list[Pixel] = []
        self.results: list[tuple[int, Result]] = []  # each with its pixel's place in ``expected``
        self.issued: list[int] = []  # cycle of each pixel
        self.started: list[int] = []
        self.taken: list[int] = []
        self.statuses: list[EngineStatus] = []
        self.offered = False
        self.counts = (0,) * len(Engine)
        self.bytes: dict[int, int] = {}  # data by the cycle in which it is due
        self.weights: dict[int, int] = {}
        self.observed: list[tuple[int, list[int], tuple[int, int, int]]] = []

    def add(
        self, fields: Fields, pixels: list[Pixel], results: list[Result], waits: tuple[int, ...] = (0, 0, 0)
    ) -> None:
        """Queue a command."""
        self.waits.append(waits)
        self.commands.append(command_bits(fields, dict(zip(WAITS, waits, strict=True))))
        self.results += [(len(self.expected) + result.pixel, result) for result in results]
        self.expected += pixels

    def add_random(self, count: int, *, least_pixels: int = 1) -> None:
        """Queue random commands that wait for nothing."""
        for _ in range(count):
            self.add(*self.machine.random_command(len(self.commands), least_pixels=least_pixels))

    async def start(self) -> None:
        """Reset."""
        await start(
            self.dut,
            command__valid=0,
            command__payload=0,
            timeline=0,
            pixel_read__ready=0,
            pixel_read__data=0,
            weight_read__data=0,
        )

    async def reset(self) -> None:
        """Reset for a cycle, whatever is under way."""
        self.dut.rst.value = 1
        self.dut.command__valid.value = 0
        await RisingEdge(self.dut.clk)
        self.dut.rst.value = 0
        self.forget()

    async def cycle(self) -> None:
        """One cycle: drive, let the engine answer, look, and note what the memories owe it."""
        dut, random = self.dut, self.random
        waiting = len(self.taken) < len(self.commands)
        self.offered = waiting and (self.offered or bool(random.random() < self.offer))
        dut.command__valid.value = self.offered
        dut.command__payload.value = self.commands[len(self.taken)] if self.offered else 0
        dut.timeline.value = pack(self.counts, TIMELINE_BITS)
        granted = bool(random.random() < self.grant)
        dut.pixel_read__ready.value = granted
        garbage = int.from_bytes(random.bytes(self.config.cols), "little")
        dut.pixel_read__data.value = self.bytes.pop(self.now, garbage)
        garbage = int.from_bytes(random.bytes(self.config.weight_word_bytes), "little")
        dut.weight_read__data.value = self.weights.pop(self.now, garbage)
        offered = self.offered
        unfinished = len(self.issued) < sum(pixel.command < len(self.taken) for pixel in self.expected)
        await FallingEdge(dut.clk)

        self.statuses.append(EngineStatus(int(dut.status.value)))
        asked = bool(dut.pixel_read__valid.value)
        if asked:
            address = int(dut.pixel_read__address.value)
            check_needs(dut.pixel_read__needs, address, self.config.cols, self.config)
        assert (self.statuses[-1] == EngineStatus.BANK) == (asked and not granted)
        if self.statuses[-1] == EngineStatus.BUSY:
            self._issue(int(dut.pixel_read__address.value) if asked else None)
        else:
            assert not asked or not granted, "a granted pixel is not issued"
            assert not int(dut.started.value), "started without issuing"
            assert self.now - (self.issued[-1] if self.issued else 0) < PATIENCE, "no pixel for too long"
        if int(dut.weight_read__enable.value):
            word = int(dut.weight_read__address.value)
            assert word < self.config.weight_words, f"read of weight word {word}"
            self.weights[self.now + self.weight_latency] = pack(self.machine.weights[word], 8)
        if self.offered and int(dut.command__ready.value):
            self.taken.append(self.now)
            self.offered = False
        assert (self.statuses[-1] is EngineStatus.EMPTY) == (not offered and not unfinished)
        if int(dut.psums_valid.value):
            self._observe()
        await RisingEdge(dut.clk)
        self.now += 1

    def _issue(self, address: int | None) -> None:
        number = len(self.issued)
        assert number < len(self.expected), "a pixel too many"
        pixel = self.expected[number]
        assert address == pixel.address, f"pixel {number} reads {address}, not {pixel.address}"
        assert int(self.dut.started.value) == pixel.starts_command
        if pixel.starts_command:
            self.started.append(self.now)
            waits = self.waits[pixel.command]
            assert all(np.array(self.counts) >= waits), f"started at {self.counts}, waits for {waits}"
        if address is not None:
            self.bytes[self.now + self.scratchpad_latency] = pack(self.machine.bytes_at(address), 8)
        self.issued.append(self.now)

    def _observe(self) -> None:
        tag = int(self.dut.tag.value)
        bits = (self.config.depthwise_accumulator_depth - 1).bit_length()
        width = self.config.accumulator_width
        psums = int(self.dut.psums.value)
        raw = [psums >> lane * width & (1 << width) - 1 for lane in range(self.config.cols)]
        sums = [value - (value >> width - 1 << width) for value in raw]
        self.observed.append((self.now, sums, (tag & (1 << bits) - 1, tag >> bits & 1, tag >> bits + 1)))

    async def run(self) -> None:
        """Run until every pixel has issued and every sum is out, then compare all results."""
        while len(self.issued) < len(self.expected):
            await self.cycle()
        for _ in range(self.latency + 3):
            await self.cycle()
        assert self.statuses[-1] == EngineStatus.EMPTY
        assert len(self.taken) == len(self.commands)
        assert len(self.observed) == len(self.results)
        for number, ((pixel, result), observed) in enumerate(zip(self.results, self.observed, strict=True)):
            promised = (self.issued[pixel] + self.latency, result.sums, result.tag)
            assert observed == promised, f"result {number}: {observed}, not {promised}"

    def promised_cycles(self, first: int) -> list[int]:
        """When each pixel issues if nothing stalls and the first does in cycle ``first``."""
        cycles: list[int] = []
        command = first
        for pixel in self.expected:
            if pixel.starts_command and cycles:
                command = max(cycles[-1] + 1, command + self.load)
            cycles.append(command if pixel.starts_command else cycles[-1] + 1)
        return cycles


@cocotb.test()
async def every_cycle_as_promised(dut: Any) -> None:
    """Nothing stalls: a command takes as many cycles as pixels, or as its weights, from the first to the last."""
    bench = Bench(dut)
    bench.add_random(30)
    bench.add_random(3, least_pixels=bench.load)
    await bench.start()
    await bench.run()
    assert bench.issued == bench.promised_cycles(bench.load + 1)
    active = bench.statuses[: bench.issued[-1] + 1]
    assert set(active) <= {EngineStatus.BUSY, EngineStatus.OPERANDS}


@cocotb.test()
async def random_stalls(dut: Any) -> None:
    """The scratchpad refuses reads and commands come late; the sums stay right."""
    bench = Bench(dut)
    await bench.start()
    states = (EngineStatus.BUSY, EngineStatus.EMPTY, EngineStatus.OPERANDS, EngineStatus.BANK)
    with Coverage(*(state.name for state in states), *CORNERS) as cover:
        for bench.grant, bench.offer in ((0.3, 1.0), (0.8, 0.2), (0.5, 0.02)):
            bench.add_random(12)
            bench.add_random(1, least_pixels=bench.load + 1)
            while len(bench.issued) < len(bench.expected):
                await bench.cycle()
        await bench.run()
        for status in bench.statuses:
            cover.met(status.name, status.name in cover.counts)
        for pixel in bench.expected:
            cover.met("padding", pixel.address is None)
            cover.met("a pixel that is read", pixel.address is not None)
        for _, result in bench.results:
            cover.met("sums that add", bool(result.tag[1]))
            cover.met("sums that overwrite", not result.tag[1])
        lengths = [
            sum(pixel.command == command for pixel in bench.expected)
            for command in range(len(bench.commands))
        ]
        cover.met("a command longer than its loading", max(lengths) > bench.load)


@cocotb.test()
async def stalls_cost_nothing_else(dut: Any) -> None:
    """With enough pixels a command, the only cycles lost between the first pixel and the last are refusals."""
    bench = Bench(dut, grant=0.7)
    bench.add_random(12, least_pixels=bench.load)
    await bench.start()
    await bench.run()
    active = bench.statuses[bench.issued[0] : bench.issued[-1] + 1]
    assert set(active) == {EngineStatus.BUSY, EngineStatus.BANK}


@cocotb.test()
async def waits(dut: Any) -> None:
    """No command starts before its waits are met, and each does right after, its weights being there already."""
    bench = Bench(dut)
    await bench.start()
    counts = np.zeros(len(Engine), int)
    for index in range(16):
        counts += bench.random.integers(1, 3, len(Engine)) * (np.arange(len(Engine)) != index % 4)
        wanted = tuple(counts.tolist())
        bench.add(*bench.machine.random_command(index), waits=wanted)
        for missing in ((1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1)):
            less = np.maximum(0, counts - missing)
            bench.counts = tuple(less.tolist())
            if bench.counts == wanted:
                continue
            for _ in range(LONG if missing == (1, 1, 1) else 5):
                await bench.cycle()
            assert len(bench.started) == index, (
                f"command {index} started at {bench.counts}, waits for {wanted}"
            )
            assert bench.statuses[-1] == EngineStatus.DEPENDENCY
        bench.counts = wanted
        opened = bench.now
        while len(bench.issued) < len(bench.expected):
            await bench.cycle()
        assert bench.started[-1] == opened + 2
    await bench.run()


@cocotb.test()
async def reset_while_streaming(dut: Any) -> None:
    """After a reset, nothing of the commands before is left."""
    bench = Bench(dut, grant=0.9)
    await bench.start()
    for _ in range(5):
        bench.add_random(3)
        for _ in range(bench.load + int(bench.random.integers(0, 100))):
            await bench.cycle()
        await bench.reset()
        bench.add_random(2)
        await bench.run()
        bench.forget()
