"""MATRIX engine against its commands' loop nest: every vector's sums and tag, and the cycles they issue in."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge

from celosia.rtl.command import TIMELINE_BITS
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.engine.status import EngineStatus
from sim_tests.support.banks import check_needs
from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage
from sim_tests.units.matrix_model import Fields, Machine, Vector, command_bits, pack

PATIENCE = 3000  # cycles without a vector that cannot be chance
LONG = 60  # cycles in which a tile is certainly loaded

CORNERS = (
    "only padding",
    "no padding",
    "sums that overwrite",
    "sums that add",
    "a tile of one pixel",
    "a tile longer than its loading",
)


class Bench:
    """The engine's surroundings, cycle by cycle: command source, timeline, scratchpad, weight memory."""

    def __init__(self, dut: Any, *, grant: float = 1.0, offer: float = 1.0, stall: float = 0.0) -> None:
        given = parameters()
        self.dut = dut
        self.config = config = AcceleratorConfig(**given["config"])
        self.scratchpad_latency: int = given["scratchpad_latency"]
        self.weight_latency: int = given["weight_latency"]
        self.latency = self.scratchpad_latency + 1 + given["array_latency"]
        self.random = random_generator()
        self.machine = Machine(config, self.random)
        self.grant, self.offer, self.stall = grant, offer, stall
        self.now = 0
        self.forget()

    def forget(self) -> None:
        """Begin anew, as after a reset."""
        self.stalled: set[int] = set()  # cycles in which the weight memory belongs to somebody else
        self.waits: list[tuple[int, int]] = []
        self.commands: list[int] = []
        self.expected: list[Vector] = []
        self.issued: list[int] = []  # cycle of each vector
        self.started: list[int] = []
        self.taken: list[int] = []
        self.statuses: list[EngineStatus] = []
        self.offered = False
        self.counts = (0, 0)
        self.activations: dict[int, int] = {}  # data by the cycle in which it is due
        self.weights: dict[int, int] = {}
        pe_columns = self.config.cols // self.config.pe_cols
        self.observed: list[list[tuple[int, list[int]]]] = [[] for _ in range(pe_columns)]
        self.tags: list[tuple[int, int, int]] = []

    def add(self, fields: Fields, vectors: list[Vector], waits: tuple[int, int] = (0, 0)) -> None:
        """Queue a command."""
        self.waits.append(waits)
        self.commands.append(command_bits(fields, {"wait_matrix": waits[0], "wait_vector": waits[1]}))
        self.expected += vectors

    def add_random(self, count: int, **pixels: int) -> None:
        """Queue random commands that wait for nothing."""
        for _ in range(count):
            self.add(*self.machine.random_command(len(self.commands), **pixels))

    def add_single(self, count: int) -> None:
        """Queue commands of a single vector: they follow each other faster than weights."""
        while count:
            fields, vectors = self.machine.random_command(len(self.commands), most_pixels=1)
            if len(vectors) == 1:
                self.add(fields, vectors)
                count -= 1

    async def start(self) -> None:
        """Reset."""
        await start(
            self.dut,
            command__valid=0,
            command__payload=0,
            timeline=0,
            activation_read__ready=0,
            activation_read__data=0,
            weight_read__data=0,
            weight_stall=0,
        )

    async def reset(self) -> None:
        """Reset for a cycle, whatever is under way."""
        self.dut.rst.value = 1
        self.dut.command__valid.value = 0
        await RisingEdge(self.dut.clk)
        self.dut.rst.value = 0
        self.now += 1
        self.forget()

    def note(self, cover: Coverage) -> None:
        """Count what the commands and the engine's states were."""
        for status in self.statuses:
            cover.met(status.name, status.name in cover.counts)
        pixels = [0]
        for vector in self.expected:
            pixels = [*pixels, 1] if vector.starts_tile else [*pixels[:-1], pixels[-1] + 1]
            cover.met("only padding", not vector.kept.any())
            cover.met("no padding", bool(vector.kept.all()))
            if self.config.rows > 1:
                cover.met("some padding", bool(vector.kept.any() and not vector.kept.all()))
            cover.met("sums that overwrite", not vector.tag[1])
            cover.met("sums that add", bool(vector.tag[1]))
        cover.met("a tile of one pixel", 1 in pixels)
        cover.met("a tile longer than its loading", max(pixels) > self.config.tile_words)

    async def cycle(self) -> None:
        """One cycle: drive, let the engine answer, look, and note what the memories owe it."""
        dut, random = self.dut, self.random
        waiting = len(self.taken) < len(self.commands)
        self.offered = waiting and (self.offered or bool(random.random() < self.offer))
        dut.command__valid.value = self.offered
        dut.command__payload.value = self.commands[len(self.taken)] if self.offered else 0
        dut.timeline.value = pack(self.counts, TIMELINE_BITS)
        granted = bool(random.random() < self.grant)
        dut.activation_read__ready.value = granted
        garbage = int.from_bytes(random.bytes(self.config.rows), "little")
        dut.activation_read__data.value = self.activations.pop(self.now, garbage)
        garbage = int.from_bytes(random.bytes(self.config.weight_word_bytes), "little")
        dut.weight_read__data.value = self.weights.pop(self.now, garbage)
        stalled = bool(random.random() < self.stall)
        dut.weight_stall.value = stalled
        if stalled:
            self.stalled.add(self.now + self.scratchpad_latency + 1 - self.weight_latency)
        offered = self.offered
        unfinished = len(self.issued) < sum(vector.command < len(self.taken) for vector in self.expected)
        await FallingEdge(dut.clk)

        self.statuses.append(EngineStatus(int(dut.status.value)))
        asked = bool(dut.activation_read__valid.value)
        if asked:
            address = int(dut.activation_read__address.value)
            check_needs(dut.activation_read__needs, address, self.config.rows, self.config)
        assert (self.statuses[-1] == EngineStatus.BUSY) == (asked and granted)
        assert (self.statuses[-1] == EngineStatus.BANK) == (asked and not granted)
        if asked and granted:
            self._issue(int(dut.activation_read__address.value))
        else:
            assert not int(dut.started.value), "started without issuing"
            assert self.now - (self.issued[-1] if self.issued else 0) < PATIENCE, "no vector for too long"
        if int(dut.weight_read__enable.value):
            assert self.now not in self.stalled, "a weight word is read while it must not be"
            word = int(dut.weight_read__address.value)
            assert word < self.config.weight_words, f"read of weight word {word}"
            self.weights[self.now + self.weight_latency] = pack(self.machine.weights[word], 8)
        if self.offered and int(dut.command__ready.value):
            self.taken.append(self.now)
            self.offered = False
        assert (self.statuses[-1] is EngineStatus.EMPTY) == (not offered and not unfinished)
        self._observe()
        await RisingEdge(dut.clk)
        self.now += 1

    def _issue(self, address: int) -> None:
        assert len(self.issued) < len(self.expected), "a vector too many"
        vector = self.expected[len(self.issued)]
        if vector.kept.any():
            assert address == vector.address, (
                f"vector {len(self.issued)} reads {address}, not {vector.address}"
            )
        assert int(self.dut.started.value) == vector.starts_command
        if vector.starts_command:
            self.started.append(self.now)
            waits = self.waits[vector.command]
            assert all(np.array(self.counts) >= waits), f"started at {self.counts}, waits for {waits}"
        self.activations[self.now + self.scratchpad_latency] = pack(self.machine.bytes_at(address), 8)
        self.issued.append(self.now)

    def _observe(self) -> None:
        valid = int(self.dut.psums_valid.value)
        if not valid:
            return
        if valid & 1:
            tag = int(self.dut.tag.value)
            bits = (self.config.accumulator_depth - 1).bit_length()
            self.tags.append((tag & (1 << bits) - 1, tag >> bits & 1, tag >> bits + 1))
        width = self.config.accumulator_width
        text = str(self.dut.psums.value)[::-1]  # columns without a result may hold anything, X included
        for j, results in enumerate(self.observed):
            if valid >> j & 1:
                first = j * self.config.pe_cols
                raw = [
                    int(text[c * width : (c + 1) * width][::-1], 2)
                    for c in range(first, first + self.config.pe_cols)
                ]
                results.append((self.now, [value - (value >> width - 1 << width) for value in raw]))

    async def run(self) -> None:
        """Run until every vector has issued and left the array, then compare all results."""
        while len(self.issued) < len(self.expected):
            await self.cycle()
        for _ in range(self.latency + len(self.observed) + 3):
            await self.cycle()
        assert self.statuses[-1] == EngineStatus.EMPTY
        assert len(self.taken) == len(self.commands)
        assert self.tags == [vector.tag for vector in self.expected]
        for j, results in enumerate(self.observed):
            columns = slice(j * self.config.pe_cols, (j + 1) * self.config.pe_cols)
            for index, (vector, cycle, result) in enumerate(
                zip(self.expected, self.issued, results, strict=True)
            ):
                promised = (cycle + self.latency + j, vector.sums[columns])
                assert result == promised, f"PE column {j}, vector {index}: {result}, not {promised}"

    def promised_cycles(self, first: int) -> list[int]:
        """When each vector issues if nothing stalls and the first does in cycle ``first``."""
        cycles: list[int] = []
        tile = first
        for index, vector in enumerate(self.expected):
            if vector.starts_tile and index:
                tile = max(cycles[-1] + 1, tile + self.config.tile_words)
            cycles.append(tile if vector.starts_tile else cycles[-1] + 1)
        return cycles


@cocotb.test()
async def every_cycle_as_promised(dut: Any) -> None:
    """Nothing stalls: a tile takes max(pixels, tile_words) cycles, from the first command to the last."""
    bench = Bench(dut)
    bench.add_random(25)
    bench.add_random(3, least_pixels=bench.config.tile_words)
    bench.add_single(6)
    await bench.start()
    await bench.run()
    assert bench.issued == bench.promised_cycles(max(2, bench.config.tile_words + 1))
    active = bench.statuses[: bench.issued[-1] + 1]
    assert set(active) <= {EngineStatus.BUSY, EngineStatus.OPERANDS}


@cocotb.test()
async def random_stalls(dut: Any) -> None:
    """Reads are refused, commands come late, the weight memory is taken; the sums stay right."""
    bench = Bench(dut)
    await bench.start()
    states = (EngineStatus.BUSY, EngineStatus.EMPTY, EngineStatus.OPERANDS, EngineStatus.BANK)
    corners = [state.name for state in states] + [
        *CORNERS,
        *(["some padding"] if bench.config.rows > 1 else []),
    ]
    with Coverage(*corners) as cover:
        for bench.grant, bench.offer, bench.stall in ((0.3, 1.0, 0.0), (0.8, 0.2, 0.6), (0.5, 0.02, 0.1)):
            bench.add_random(8)
            bench.add_random(1, most_pixels=1)
            bench.add_random(1, least_pixels=bench.config.tile_words + 1)
            while len(bench.issued) < len(bench.expected):
                await bench.cycle()
        await bench.run()
        bench.note(cover)


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """After a reset, nothing of the commands before is left."""
    bench = Bench(dut, grant=0.9)
    await bench.start()
    for _ in range(5):
        bench.add_random(3)
        for _ in range(bench.config.tile_words + int(bench.random.integers(0, 100))):
            await bench.cycle()
        await bench.reset()
        bench.add_random(2)
        await bench.run()
        bench.forget()


@cocotb.test()
async def stalls_cost_nothing_else(dut: Any) -> None:
    """With enough pixels a tile, the only cycles lost between the first vector and the last are refusals."""
    bench = Bench(dut, grant=0.7)
    bench.add_random(12, least_pixels=bench.config.tile_words)
    await bench.start()
    await bench.run()
    active = bench.statuses[bench.issued[0] : bench.issued[-1] + 1]
    assert set(active) == {EngineStatus.BUSY, EngineStatus.BANK}


@cocotb.test()
async def waits(dut: Any) -> None:
    """No command starts before its waits are met, and each does right after, its weights being there already."""
    bench = Bench(dut)
    await bench.start()
    counts = np.array([0, 0])
    for index in range(16):
        counts += bench.random.integers(1, 3, 2) * [index % 3 != 1, index % 3 != 2]
        wanted = (int(counts[0]), int(counts[1]))
        bench.add(*bench.machine.random_command(index), waits=wanted)
        for missing in ((1, 1), (1, 0), (0, 1)):
            bench.counts = (max(0, wanted[0] - missing[0]), max(0, wanted[1] - missing[1]))
            if bench.counts == wanted:
                continue
            for _ in range(LONG if missing == (1, 1) else 5):
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
