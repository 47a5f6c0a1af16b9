"""The registers a host sees, and the start and stop of programs."""

from amaranth.hdl import Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.bus.address_map import (
    COUNTERS_OFFSET,
    ENGINE_STRIDE,
    IDENTITY_VALUE,
    REGISTER_BYTES,
    VERSION_VALUE,
    Counter,
    Register,
)
from celosia.rtl.bus.host_memory import HostMemorySignature
from celosia.rtl.command import Engine
from celosia.rtl.control.counters import COUNTER_BITS
from celosia.rtl.delay import delayed


class ControlRegisters(wiring.Component):
    """Answers register reads two cycles after the request and turns writes to CONTROL into a start.

    Parameters
    ----------
    digest, clock_hz : int
        What CONFIG_DIGEST and CLOCK_HZ read as; 32 bits each.
    program_digest : int
        What PROGRAM_DIGEST reads as until the host has written to a memory of the program's; 32 bits.
    bus_width : int
        Bits of a bus word: 32 or 64. A register occupies 8 bytes; its upper half reads as zero.

    Members
    -------
    host : In(HostMemorySignature)
        The host's accesses to the register region.
    start : Out(1)
        High for one cycle when a program is to start or go on.
    rewind : Out(1)
        With ``start``: from the beginning.
    limit : Out(32)
        With ``start``: commands to run, 0 for all.
    running, ended, unknown_opcode : In(1)
        The state of the run, as STATUS shows it.
    cycles : In(32)
        CYCLES.
    overwritten : In(1)
        The host writes to the program, weights or parameters.
    select_engine, select_counter : Out
        The counter wanted of :class:`~celosia.rtl.control.counters.PerformanceCounters`.
    selected : In(32)
        That counter, a cycle later.
    """

    def __init__(self, *, digest: int, clock_hz: int, bus_width: int, program_digest: int = 0) -> None:
        for name, value in (
            ("digest", digest),
            ("clock_hz", clock_hz),
            ("program_digest", program_digest),
        ):
            if not isinstance(value, int) or not 0 <= value < 1 << 32:
                raise ValueError(f"{name} must be an integer of at most 32 bits, not {value!r}")
        self._digest = digest
        self._clock_hz = clock_hz
        self._program_digest = program_digest
        super().__init__(
            {
                "host": In(HostMemorySignature(bus_width)),
                "start": Out(1),
                "rewind": Out(1),
                "limit": Out(32),
                "running": In(1),
                "ended": In(1),
                "unknown_opcode": In(1),
                "cycles": In(COUNTER_BITS),
                "overwritten": In(1),
                "select_engine": Out(range(len(Engine))),
                "select_counter": Out(range(len(Counter))),
                "selected": In(COUNTER_BITS),
            }
        )

    @property
    def digest(self) -> int:
        """What CONFIG_DIGEST reads as."""
        return self._digest

    @property
    def clock_hz(self) -> int:
        """What CLOCK_HZ reads as."""
        return self._clock_hz

    @property
    def program_digest(self) -> int:
        """What PROGRAM_DIGEST reads as at first."""
        return self._program_digest

    def elaborate(self, platform: object) -> Module:
        """Build the read multiplexer and the start logic."""
        m = Module()
        offset = self.host.address
        register_bits = (REGISTER_BYTES - 1).bit_length()
        engine_bits = (ENGINE_STRIDE - 1).bit_length()
        in_engine = offset - COUNTERS_OFFSET
        # There are many counters: one is chosen in a cycle, and a register in the next. Only the first bus word of a
        # register holds its value.
        offset_bits = (COUNTERS_OFFSET + len(Engine) * ENGINE_STRIDE - 1).bit_length()
        is_value = (offset[2:register_bits] == 0) & (offset[offset_bits:] == 0)
        asked = delayed(m, offset[register_bits:offset_bits], 1, reset_less=True)
        asked_for_value = delayed(m, self.host.read & is_value, 1)
        is_read = delayed(m, self.host.read, 1)

        m.d.comb += [
            self.select_engine.eq(in_engine[engine_bits:]),
            self.select_counter.eq(in_engine[register_bits:engine_bits]),
        ]
        # Memories keep what they hold through a reset, so what is known about it must stay too.
        is_original = Signal(init=1, reset_less=True)
        with m.If(self.overwritten):
            m.d.sync += is_original.eq(0)

        value = Signal(32)
        with m.Switch(asked):
            for register, content in (
                (Register.IDENTITY, Const(IDENTITY_VALUE, 32)),
                (Register.VERSION, Const(VERSION_VALUE, 32)),
                (Register.CONFIG_DIGEST, Const(self._digest, 32)),
                (Register.CLOCK_HZ, Const(self._clock_hz, 32)),
                (Register.STATUS, self.running | self.ended << 1 | self.unknown_opcode << 2),
                (Register.CYCLES, self.cycles),
                (Register.PROGRAM_DIGEST, Mux(is_original, self._program_digest, 0)),
            ):
                with m.Case(register // REGISTER_BYTES):
                    m.d.comb += value.eq(content)
            for engine in Engine:
                for counter in Counter:
                    at = COUNTERS_OFFSET + engine * ENGINE_STRIDE + counter * REGISTER_BYTES
                    with m.Case(at // REGISTER_BYTES):
                        m.d.comb += value.eq(self.selected)

        m.d.sync += self.host.read_data.eq(value & asked_for_value.replicate(32))
        m.d.sync += self.host.read_valid.eq(is_read)

        fresh = Signal(init=1)
        writes_control = self.host.write & (offset == Register.CONTROL)
        m.d.comb += [
            self.start.eq(writes_control & ~self.running),
            self.rewind.eq(fresh | self.ended),
            self.limit.eq(self.host.write_data),
        ]
        with m.If(self.start):
            m.d.sync += fresh.eq(0)
        return m
