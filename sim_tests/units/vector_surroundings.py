"""What surrounds the vector engine in its bench: memories that answer cycle by cycle, and checks of all it does."""

from collections import deque
from typing import Any

from cocotb.triggers import ReadOnly, RisingEdge

from celosia.rtl.command import (
    PROGRAM_WORD_BITS,
    TIMELINE_BITS,
    Function,
    Opcode,
    VectorCommand,
    functions_of,
)
from celosia.rtl.command_code import encode, encode_parameter
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.engine.status import EngineStatus
from celosia.rtl.engine.vector import stages_of
from sim_tests.support.banks import check_needs
from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.units.vector_reference import (
    Fields,
    Memories,
    Operand,
    execute,
    random_command,
    random_memories,
    regions,
)
from sim_tests.units.vector_timing import BUFFERED, FrontEndTiming, TakenCommand

PARAMETER_BITS = 69
COMMAND_BITS = VectorCommand.as_shape().size
DRAIN_CYCLES = 80


class Bench:
    """The engine's surroundings, and what they expect it to do."""

    def __init__(self, dut: Any) -> None:
        settings = parameters()
        self.dut = dut
        self.config = AcceleratorConfig.create(settings["config"])
        self.read_latency = settings["scratchpad_latency"]
        self.write_latency = settings["scratchpad_write_latency"]
        self.lane_cycles = stages_of(self.config).result
        self.accumulator_latency = settings["accumulator_latency"]
        self.parameter_latency = settings["parameter_latency"]
        self.generator = random_generator()
        self.memories = random_memories(self.config, self.generator)
        self.expected = Memories(
            list(self.memories.scratchpad), self.memories.accumulators, self.memories.parameters
        )
        self.accumulator_words = {
            port: [_pack(entry, self.config.accumulator_width) for entry in entries]
            for port, entries in zip(
                ("accumulator_read", "depthwise_read"), self.memories.accumulators, strict=False
            )
        }
        self.parameter_words = [
            _pack([encode_parameter(**entry) for entry in word], PARAMETER_BITS)
            for word in self.memories.parameters
        ]
        self.commands: deque[tuple[Fields, int, int]] = deque()  # with their waits
        self.operands: deque[Operand] = deque()
        self.matrix_retired = 0
        self.states: list[EngineStatus] = []

    def add(self, command: Fields, *, wait_matrix: int = 0, wait_vector: int = 0) -> None:
        """Queue a command, and work out what it must do."""
        self.commands.append((command, wait_matrix, wait_vector))
        self.operands.extend(execute(self.config, self.expected, command))

    def add_dependent(self, count: int) -> None:
        """Queue every function and more commands, of which half read what the one before wrote."""
        constants, *targets = regions(self.config)
        wait_matrix = 0
        for number, function in enumerate(functions_in_turn(self, count)):
            dependent = bool(self.generator.random() < 0.5)
            wait_matrix += int(self.generator.integers(0, 3))
            loads = function is Function.TABLE and (number < len(Function) or self.generator.random() < 0.5)
            self.add(
                random_command(
                    self.config,
                    self.generator,
                    function,
                    source=targets[(number + 1) % 2] if dependent else constants,
                    target=targets[number % 2],
                    load_table=bool(loads),
                ),
                wait_matrix=wait_matrix if self.generator.random() < 0.5 else 0,
                wait_vector=number if dependent else 0,
            )

    async def begin(self, *, running: bool) -> None:
        """Reset for a cycle if the clock is ``running``, otherwise start it."""
        idle = {"command__valid": 0, "scratchpad_read__ready": 0, "timeline": 0, "command__payload": 0}
        idle |= {"scratchpad_read__data": 0, "parameter_read__data": 0}
        idle |= {f"{port}__data": 0 for port in self.accumulator_words}
        if not running:
            await start(self.dut, **idle)
            return
        for name, value in idle.items():
            getattr(self.dut, name).value = value
        self.dut.rst.value = 1
        await RisingEdge(self.dut.clk)
        self.dut.rst.value = 0

    async def run(
        self, *, deny: float = 0.0, pause: float = 0.0, cycles: int | None = None, running: bool = False
    ) -> None:
        """Play the memories, the queue and the timeline until all is done; check every cycle.

        With ``cycles``, only for so many, whatever is under way then.

        ``deny`` and ``pause`` are the probabilities that the scratchpad does not grant and that the queue, if
        its head is not yet on offer, is late.
        """
        dut, generator = self.dut, self.generator
        retired, taken_count, offered = 0, 0, False
        unfinished = 0  # commands taken that have operands left
        timing = FrontEndTiming()
        retired_before = False
        answers: dict[int, int] = {}
        accumulator_answers: dict[tuple[str, int], int] = {}
        parameter_answers: dict[int, int] = {}
        writes: dict[int, tuple[tuple[int, int], ...]] = {}
        visible: dict[int, tuple[tuple[int, int], ...]] = {}
        retirements: set[int] = set()
        cycle, quiet = 0, 0
        await self.begin(running=running)
        while quiet < DRAIN_CYCLES:
            if cycle == cycles:
                return
            # Drive
            for address, byte in visible.pop(cycle, ()):
                self.memories.scratchpad[address] = byte
            retired += retired_before
            if self.matrix_retired < 0xFFFF and generator.random() < 0.05:
                self.matrix_retired += 1
            offered = bool(self.commands) and (offered or generator.random() >= pause)
            if offered:
                command, wait_matrix, wait_vector = self.commands[0]
                dut.command__payload.value = _record(command, wait_matrix, wait_vector)
            granting = generator.random() >= deny
            dut.command__valid.value = int(offered)
            dut.timeline.value = _pack([self.matrix_retired, retired], TIMELINE_BITS)
            dut.scratchpad_read__ready.value = int(granting)
            dut.scratchpad_read__data.value = answers.pop(cycle, self._noise(8 * self.config.vector_lanes))
            for port in self.accumulator_words:
                noise = self._noise(self.config.accumulator_width * self.config.cols)
                getattr(dut, f"{port}__data").value = accumulator_answers.pop((port, cycle), noise)
            if cycle in parameter_answers:
                dut.parameter_read__data.value = parameter_answers.pop(cycle)
            await ReadOnly()

            # Front end
            state = EngineStatus(int(dut.status.value))
            self.states.append(state)
            wanting = bool(dut.scratchpad_read__valid.value)
            taken = offered and bool(dut.command__ready.value)
            assert (state is EngineStatus.BANK) == (wanting and not granting)
            following = self.operands[0] if self.operands else None
            timing.check(
                cycle,
                state,
                is_first=following is not None and following.first,
                is_final=following is not None and following.final,
                on_offer=offered,
            )
            started = False
            if state is EngineStatus.BUSY:
                operand = self.operands.popleft()
                started = operand.first
                if operand.read_address is None:
                    assert not wanting
                else:
                    assert wanting
                    address = int(dut.scratchpad_read__address.value)
                    check_needs(dut.scratchpad_read__needs, address, self.config.vector_lanes, self.config)
                    assert address == operand.read_address, f"read at {address}, not {operand.read_address}"
                    answers[cycle + self.read_latency] = self._bytes_at(address)
                if operand.written is not None:
                    writes[cycle + self.read_latency + self.lane_cycles] = operand.written
                if operand.final:
                    retirements.add(cycle + self.read_latency + self.lane_cycles + self.write_latency - 1)
                    unfinished -= 1
            assert bool(dut.started.value) == started
            if taken:
                taken_count += 1
                command, wait_matrix, wait_vector = self.commands.popleft()
                offered = False
                loads_table = bool(command["load_table"])
                timing.take(
                    TakenCommand(cycle, wait_matrix, wait_vector, loads_table),
                    self._operands_left(unfinished),
                )
                unfinished += 1
            timing.see_counts(cycle, self.matrix_retired, retired)

            # Memories
            for port, words in self.accumulator_words.items():
                if int(getattr(dut, f"{port}__enable").value):
                    entry = int(getattr(dut, f"{port}__address").value)
                    accumulator_answers[port, cycle + self.accumulator_latency] = words[entry]
            if int(dut.parameter_read__enable.value):
                word = int(dut.parameter_read__address.value)
                if word < len(self.parameter_words):
                    parameter_answers[cycle + self.parameter_latency] = self.parameter_words[word]
            found = self._written()
            wanted = writes.pop(cycle, ())
            assert found == wanted, f"cycle {cycle}: wrote {found}, not {wanted}"
            visible[cycle + self.write_latency] = found
            retired_before = bool(dut.retired.value)
            assert retired_before == (cycle in retirements), f"cycle {cycle}: retired {retired_before}"
            quiet = 0 if self.commands or self.operands or writes else quiet + 1
            cycle += 1
            await RisingEdge(dut.clk)
        assert retired == taken_count == len(retirements)
        assert self.memories.scratchpad == self.expected.scratchpad

    def _operands_left(self, unfinished: int) -> int:
        """Operands of so many commands that have not been issued, or more than can wait."""
        left = 0
        for operand in self.operands:
            if not unfinished or left > BUFFERED:
                break
            left += 1
            unfinished -= operand.final
        return left

    def _noise(self, width: int) -> int:
        return int.from_bytes(self.generator.bytes(-(-width // 8)), "little") & ((1 << width) - 1)

    def _bytes_at(self, address: int) -> int:
        memory = self.memories.scratchpad
        return _pack(
            [
                memory[address + lane] if address + lane < len(memory) else self._noise(8)
                for lane in range(self.config.vector_lanes)
            ],
            8,
        )

    def _written(self) -> tuple[tuple[int, int], ...]:
        enable = int(self.dut.scratchpad_write__enable.value)
        if not enable:
            return ()
        address = int(self.dut.scratchpad_write__address.value)
        data = int(self.dut.scratchpad_write__data.value)
        return tuple(
            (address + lane, data >> 8 * lane & 0xFF)
            for lane in range(self.config.vector_lanes)
            if enable >> lane & 1
        )


def _pack(values: list[int], width: int) -> int:
    return sum((value & ((1 << width) - 1)) << width * index for index, value in enumerate(values))


def _record(command: Fields, wait_matrix: int, wait_vector: int) -> int:
    words = encode(Opcode.VECTOR, wait_matrix=wait_matrix, wait_vector=wait_vector, **command)
    return _pack(list(words), PROGRAM_WORD_BITS) & ((1 << COMMAND_BITS) - 1)


def functions_in_turn(bench: "Bench", count: int) -> list[Function]:
    """Each function of the machine in turn, then any."""
    functions, generator = list(functions_of(bench.config)), bench.generator
    return functions + [functions[int(generator.integers(0, len(functions)))] for _ in range(count)]
