"""The vector engine's front end: each command starts once, in order, after what it waits for."""

from amaranth.hdl import Assert, Assume, Module, Signal, Value

from celosia.rtl.command import timeline_bits
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.engine.vector_front_end import VectorFrontEnd
from sim_tests.formal.prove import Properties


class FrontEndProperties(Properties):
    """For any commands, offered in any cycle, any timeline, and grants of the scratchpad in any cycle.

    - A command is taken only when the timeline has reached everything it waits for.
    - Each command that is taken starts exactly once, before the next one is taken; none starts that was not taken.
    - Operands are issued only of the command that was taken last, from its start on.
    - A front end that has nothing to do takes a command whose waits are over at once.
    """

    def __init__(self, config: AcceleratorConfig) -> None:
        self._front_end = VectorFrontEnd(config)
        super().__init__(self._front_end)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit."""
        m, inside = self.surround(platform)
        unit = self._front_end
        taken = unit.command.valid & unit.command.ready
        header = unit.command.payload.header
        waits = (header.wait_matrix, header.wait_vector, header.wait_depthwise)
        bits = timeline_bits(unit.config)
        for number in (*waits, *unit.timeline):
            m.d.comb += Assume(number[bits:] == 0)  # which a program memory of this size cannot exceed
        latest = Signal.like(Value.cast(unit.command.payload))
        owed = Signal()  # taken, not started
        with m.If(taken):
            m.d.sync += [owed.eq(1), latest.eq(Value.cast(unit.command.payload))]
        with m.Elif(unit.started):
            m.d.sync += owed.eq(0)

        over = (
            (unit.timeline[0] >= waits[0]) & (unit.timeline[1] >= waits[1]) & (unit.timeline[2] >= waits[2])
        )
        fresh, active, loading = inside["fresh"], inside["active"], inside["loading"]
        m.d.comb += [
            Assert(~taken | over),
            Assert(~(taken & owed) | unit.started),
            Assert(~unit.started | (owed & unit.issue)),
            Assert(~(unit.issue & owed) | unit.started),
            Assert(~unit.issue | (Value.cast(unit.present) == latest)),
            Assert(~(unit.command.valid & over) | active | loading | taken),
            # What makes it inductive.
            Assert(owed == (fresh & (active | loading))),
            Assert(~(active & loading)),
            Assert(~loading | owed),
            Assert(~(active | loading) | (Value.cast(inside["addresses.present"]) == latest)),
        ]
        return m
