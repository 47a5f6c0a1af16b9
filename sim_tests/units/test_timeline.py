"""Timeline: counters and gate together in simulation."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.command import Engine, Header
from celosia.rtl.control.timeline import TIMELINE_LAYOUT, Timeline, TimelineGate
from sim_tests.support import run_bench


class GatedTimeline(wiring.Component):
    """A timeline and a command that waits on it, as an engine connects them."""

    clear: In(1)
    retired: In(len(Engine))
    header: In(Header)
    counts: Out(TIMELINE_LAYOUT)
    passed: Out(1)

    def elaborate(self, platform: object) -> Module:
        """Connect the gate to the counts."""
        m = Module()
        m.submodules.timeline = timeline = Timeline()
        m.submodules.gate = gate = TimelineGate()
        m.d.comb += [
            timeline.clear.eq(self.clear),
            timeline.retired.eq(self.retired),
            self.counts.eq(timeline.counts),
            gate.counts.eq(timeline.counts),
            gate.header.eq(self.header),
            self.passed.eq(gate.passed),
        ]
        return m


def test_timeline() -> None:
    """Counts and gate equal the model's in every cycle."""
    run_bench(GatedTimeline(), "sim_tests.units.bench_timeline", cases=3, simulator="icarus")
