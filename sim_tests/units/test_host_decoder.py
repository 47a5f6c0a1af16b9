"""Bench entry of the host path: decoder and control registers."""

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from celosia.rtl.bus.address_map import Region
from celosia.rtl.bus.host import HostDecoder, HostSignature
from celosia.rtl.bus.host_memory import HostMemorySignature
from celosia.rtl.command import Engine
from celosia.rtl.control.counters import PerformanceCounters
from celosia.rtl.control.registers import ControlRegisters
from celosia.rtl.control.timeline import Timeline
from celosia.rtl.engine.status import EngineStatus
from sim_tests.support import run_bench

DIGEST = 0xC0FFEE11
CLOCK_HZ = 48_000_000


class HostPath(wiring.Component):
    """Decoder, registers, counters and timeline as the accelerator joins them; memories stay outside."""

    def __init__(self, bus_width: int, depthwise: bool, states: bool) -> None:
        self._bus_width = bus_width
        self._depthwise = depthwise
        self._states = states
        super().__init__(
            {
                "host": In(HostSignature(bus_width)),
                "memories": Out(HostMemorySignature(bus_width)).array(len(Region) - 1),
                "running": In(1),
                "ended": In(1),
                "unknown_opcode": In(1),
                "status": In(EngineStatus, init=EngineStatus.EMPTY).array(len(Engine)),
                "retired": In(len(Engine)),
                "start": Out(1),
                "rewind": Out(1),
                "limit": Out(32),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Join the four."""
        m = Module()
        m.submodules.decoder = decoder = HostDecoder(bus_width=self._bus_width)
        m.submodules.registers = registers = ControlRegisters(
            digest=DIGEST, clock_hz=CLOCK_HZ, bus_width=self._bus_width
        )
        m.submodules.counters = counters = PerformanceCounters(depthwise=self._depthwise, states=self._states)
        m.submodules.timeline = timeline = Timeline()
        connect(m, flipped(self.host), decoder.host)
        connect(m, decoder.regions[Region.REGISTERS], registers.host)
        for region in list(Region)[1:]:
            connect(m, decoder.regions[region], flipped(self.memories[region - 1]))
        m.d.comb += [
            decoder.running.eq(self.running),
            registers.running.eq(self.running),
            registers.ended.eq(self.ended),
            registers.unknown_opcode.eq(self.unknown_opcode),
            registers.cycles.eq(counters.cycles),
            registers.selected.eq(counters.selected),
            counters.select_engine.eq(registers.select_engine),
            counters.select_counter.eq(registers.select_counter),
            counters.clear.eq(registers.start & registers.rewind),
            counters.running.eq(self.running),
            counters.commands.eq(timeline.counts),
            timeline.clear.eq(registers.start & registers.rewind),
            timeline.retired.eq(self.retired),
            self.start.eq(registers.start),
            self.rewind.eq(registers.rewind),
            self.limit.eq(registers.limit),
        ]
        for inner, outer in zip(counters.status, self.status, strict=True):
            m.d.comb += inner.eq(outer)
        return m


@pytest.mark.parametrize(
    ("bus_width", "depthwise", "states", "simulator"),
    [(32, True, True, "verilator"), (64, False, True, "icarus"), (32, False, False, "icarus")],
)
def test_host_path(bus_width: int, depthwise: bool, states: bool, simulator: str) -> None:
    """Every region is reached, registers read what they should, CONTROL starts."""
    run_bench(
        HostPath(bus_width, depthwise, states),
        "sim_tests.units.bench_host_decoder",
        cases=7,
        parameters={
            "bus_width": bus_width,
            "depthwise": depthwise,
            "states": states,
            "digest": DIGEST,
            "clock_hz": CLOCK_HZ,
        },
        simulator=simulator,
    )


def test_rejects_bad_parameters() -> None:
    """Parameters are checked when the component is made."""
    with pytest.raises(ValueError, match=r"^bus_width must be 32 or 64, not 16$"):
        HostDecoder(bus_width=16)
    with pytest.raises(ValueError, match=r"^clock_hz must be an integer of at most 32 bits, not -1$"):
        ControlRegisters(digest=0, clock_hz=-1, bus_width=32)
    with pytest.raises(TypeError, match=r"^depthwise must be a bool, not 9$"):
        PerformanceCounters(depthwise=9, states=True)  # type: ignore[arg-type] # on purpose
    with pytest.raises(TypeError, match=r"^states must be a bool, not 1$"):
        PerformanceCounters(depthwise=True, states=1)  # type: ignore[arg-type] # on purpose
