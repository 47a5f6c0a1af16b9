"""Timeline and gate: a command passes when all it waits for has retired, not before, and does not block again."""

from amaranth.hdl import Assert, Assume, Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.command import TIMELINE_BITS, Engine, Header
from celosia.rtl.control.timeline import Timeline, TimelineGate
from sim_tests.formal.prove import Properties


class GatedTimeline(wiring.Component):
    """The timeline with one gate at it, as every engine has it.

    Members
    -------
    clear, retired
        As the timeline has them.
    header, passed
        As the gate has them.
    """

    clear: In(1)
    retired: In(len(Engine))
    header: In(Header)
    passed: Out(1)

    def elaborate(self, platform: object) -> Module:
        """Connect the two."""
        m = Module()
        m.submodules.timeline = timeline = Timeline()
        m.submodules.gate = gate = TimelineGate()
        m.d.comb += [
            timeline.clear.eq(self.clear),
            timeline.retired.eq(self.retired),
            gate.counts.eq(timeline.counts),
            gate.header.eq(self.header),
            self.passed.eq(gate.passed),
        ]
        return m


class TimelineProperties(Properties):
    """For engines that retire commands in any cycle, up to the 65,535 that a program may have.

    - The gate passes a command exactly if each engine has retired as many commands as it waits for, by a count
      kept beside the timeline.
    - A command that has passed passes in every later cycle, until the timeline is cleared.
    """

    def __init__(self) -> None:
        self._gated = GatedTimeline()
        super().__init__(self._gated)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit."""
        m, inside = self.surround(platform)
        gated = self._gated
        waits = (gated.header.wait_matrix, gated.header.wait_vector, gated.header.wait_depthwise)
        happened = []
        for engine, wait in zip((Engine.MATRIX, Engine.VECTOR, Engine.DEPTHWISE), waits, strict=True):
            count = Signal(TIMELINE_BITS + 1, name=f"{engine.name.lower()}_count")
            with m.If(gated.clear):
                m.d.sync += count.eq(0)
            with m.Else():
                m.d.sync += count.eq(count + gated.retired[engine])
            m.d.comb += Assume(count + gated.retired[engine] < 1 << TIMELINE_BITS)
            counts = inside["timeline.counts"].word_select(int(engine), TIMELINE_BITS)
            m.d.comb += Assert(count == counts)
            happened.append(count >= wait)
        m.d.comb += Assert(gated.passed == Cat(happened).all())

        header = Signal.like(Value.cast(gated.header))
        passed_before = Signal()
        m.d.sync += [header.eq(gated.header), passed_before.eq(gated.passed & ~gated.clear)]
        m.d.comb += Assert(~(passed_before & (header == Value.cast(gated.header))) | gated.passed)
        return m
