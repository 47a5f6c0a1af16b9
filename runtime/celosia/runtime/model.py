"""The functional model: a device that runs programs command by command on NumPy memories."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from celosia.rtl.bus.address_map import (
    COUNTERS_OFFSET,
    ENGINE_STRIDE,
    IDENTITY_VALUE,
    REGION_BITS,
    REGISTER_BYTES,
    VERSION_VALUE,
    Counter,
    Region,
    Register,
    Status,
    region_bytes,
)
from celosia.rtl.command import Engine, Opcode, engines_of, record_words
from celosia.rtl.command_code import decode
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.device import Device, DeviceError
from celosia.runtime.model_depthwise import run_depthwise
from celosia.runtime.model_hazards import HazardChecker
from celosia.runtime.model_matrix import run_matrix
from celosia.runtime.model_memory import ModelMemory
from celosia.runtime.model_vector import VectorModel


class ModelDevice(Device):
    """The machine without its timing.

    Commands run in program order, one at a time, within the write that starts them; waits change nothing.
    The counters count retired commands, all cycle counts are 0. Whatever the hardware would do silently
    wrong is an error here: accesses beyond a memory raise :class:`~celosia.runtime.device.DeviceError`.

    Parameters
    ----------
    config
        Parameters of the machine.
    check_hazards
        Verify that the waits order all conflicting commands; a fault raises
        :class:`~celosia.runtime.model_hazards.HazardError`.
    """

    def __init__(self, config: AcceleratorConfig, *, check_hazards: bool = False) -> None:
        super().__init__(config)
        self._check_hazards = check_hazards
        opcodes = (Opcode.END, *(engine.opcode for engine in engines_of(config)))
        self._known_opcodes = frozenset(opcode.value for opcode in opcodes)
        self._memory = ModelMemory(config)
        self._vector = VectorModel(config, self._memory)
        self._status = Status(0)
        self._begin()

    @property
    def scratchpad(self) -> NDArray[np.int8]:
        """The scratchpad's bytes; a view, so it follows the program."""
        return self._memory.scratchpad

    @property
    def accumulators(self) -> NDArray[np.int64]:
        """MATRIX's accumulators (entry, column); a view."""
        return self._memory.accumulators

    @property
    def depthwise_accumulators(self) -> NDArray[np.int64]:
        """DEPTHWISE's accumulators (entry, column); a view."""
        return self._memory.depthwise_accumulators

    def write(self, address: int, data: bytes) -> None:
        """Write a memory or a register; writing CONTROL runs commands before it returns."""
        region, offset = self._locate(address, len(data))
        if region in (Region.ACCUMULATORS, Region.DEPTHWISE_ACCUMULATORS):
            raise DeviceError("the accumulators can only be read")
        if region is not Region.REGISTERS:
            self._memory.host_write(region, offset, data)
            return
        for at in range(0, len(data), self.bus_bytes):
            if offset + at == Register.CONTROL:
                self._run(int.from_bytes(data[at : at + self.bus_bytes][:4], "little"))

    def read(self, address: int, size: int) -> bytes:
        """Read a memory or registers."""
        region, offset = self._locate(address, size)
        if region is not Region.REGISTERS:
            return self._memory.host_read(region, offset, size)
        image = b"".join(
            self._register(at).to_bytes(REGISTER_BYTES, "little")
            for at in range(0, region_bytes(self._config, region), REGISTER_BYTES)
        )
        return image[offset : offset + size]

    def _locate(self, address: int, size: int) -> tuple[Region, int]:
        self._check_alignment(address, size)
        number, offset = address >> REGION_BITS, address & ((1 << REGION_BITS) - 1)
        if number not in list(Region):
            raise DeviceError(f"address {address:#x} lies in no region")
        region = Region(number)
        if offset + size > region_bytes(self._config, region):
            raise DeviceError(f"{size} bytes at {address:#x} reach beyond the {region.name} region")
        return region, offset

    def _register(self, offset: int) -> int:
        if offset >= COUNTERS_OFFSET:
            engine, place = divmod(offset - COUNTERS_OFFSET, ENGINE_STRIDE)
            is_commands = place == Counter.COMMANDS * REGISTER_BYTES
            return self._retired[Engine(engine)] if is_commands else 0
        values: dict[int, int] = {
            Register.IDENTITY: IDENTITY_VALUE,
            Register.VERSION: VERSION_VALUE,
            Register.CONFIG_DIGEST: self._config.digest,
            Register.CLOCK_HZ: self._config.clock_hz,
            Register.STATUS: int(self._status),
        }
        return values.get(offset, 0)

    def _begin(self) -> None:
        self._at = 0
        self._retired = dict.fromkeys(Engine, 0)
        self._hazards = HazardChecker(self._config) if self._check_hazards else None

    def _run(self, commands: int) -> None:
        if self._status & (Status.ENDED | Status.UNKNOWN_OPCODE):
            self._begin()
        self._status = Status(0)
        executed = 0
        while not self._status and (executed < commands or not commands):
            self._step()
            executed += 1

    def _step(self) -> None:
        opcode, fields = self._fetch()
        if opcode is None:
            self._status = Status.UNKNOWN_OPCODE
        elif opcode is Opcode.END:
            self._status = Status.ENDED
        else:
            engine = Engine[opcode.name]
            try:
                self._execute(engine, fields)
            except DeviceError as error:
                error.add_note(f"{engine.name} command {self._retired[engine]}: {fields}")
                raise

    def _fetch(self) -> tuple[Opcode | None, dict[str, Any]]:
        """The next record; ``None`` for an opcode that no engine knows."""
        program = self._memory.program
        if self._at >= len(program):
            raise DeviceError("the program runs past the end of its memory without an END")
        number = int(program[self._at]) & 0xF
        if number not in self._known_opcodes:
            return None, {}
        size = record_words(Opcode(number))
        words = [int(word) for word in program[self._at : self._at + size]]
        try:
            opcode, fields = decode(words)
        except ValueError as error:
            raise DeviceError(f"the record at program word {self._at} cannot be decoded: {error}") from None
        self._at += size
        return opcode, fields

    def _execute(self, engine: Engine, fields: dict[str, Any]) -> None:
        match engine:
            case Engine.MATRIX:
                footprint = run_matrix(self._config, self._memory, fields)
            case Engine.DEPTHWISE:
                footprint = run_depthwise(self._config, self._memory, fields)
            case Engine.VECTOR:
                footprint = self._vector.run(fields)
        if self._hazards is not None:
            header = fields["header"]
            waits = {other: header[f"wait_{other.name.lower()}"] for other in Engine}
            self._hazards.check(engine, waits, footprint)
        self._retired[engine] += 1
