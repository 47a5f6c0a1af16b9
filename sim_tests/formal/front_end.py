"""The vector engine's front end: each command starts once, in order, after what it waits for."""

from amaranth.hdl import Assert, Assume, Module, Signal, Value

from celosia.rtl.command import timeline_bits
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.engine.vector_front_end import VectorFrontEnd
from sim_tests.formal.command_walk import stays_on_offer
from sim_tests.formal.prove import Properties


class FrontEndProperties(Properties):
    """For any commands, offered in any cycle, any timeline, and grants of the scratchpad in any cycle.

    - A command begins only when the timeline has reached everything it waits for. It is taken then, or, if the
      configuration holds no commands, with its last operand.
    - Each command that begins starts exactly once, before the next one begins; none starts that has not begun.
    - Operands are issued only of the command that began last, from its start on.
    - A front end that has nothing to do begins a command whose waits are over at once.
    """

    def __init__(self, config: AcceleratorConfig) -> None:
        self._front_end = VectorFrontEnd(config)
        super().__init__(self._front_end)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit."""
        m, inside = self.surround(platform)
        unit = self._front_end
        header = unit.command.payload.header
        waits = (header.wait_matrix, header.wait_vector, header.wait_depthwise)
        bits = timeline_bits(unit.config)
        for number in (*waits, *unit.timeline):
            m.d.comb += Assume(number[bits:] == 0)  # which a program memory of this size cannot exceed
        latest = Signal.like(Value.cast(unit.command.payload))
        over = (
            (unit.timeline[0] >= waits[0]) & (unit.timeline[1] >= waits[1]) & (unit.timeline[2] >= waits[2])
        )
        begins = unit.command.valid & inside["renewed"] & over
        owed = Signal()  # begun, not started
        with m.If(begins):
            m.d.sync += [owed.eq(1), latest.eq(Value.cast(unit.command.payload))]
        with m.Elif(unit.started):
            m.d.sync += owed.eq(0)

        fresh, active, loading = inside["fresh"], inside["active"], inside["loading"]
        m.d.comb += [
            Assert(~(begins & owed) | unit.started),
            Assert(~unit.started | (owed & unit.issue)),
            Assert(~(unit.issue & owed) | unit.started),
            Assert(~unit.issue | (Value.cast(unit.present) == latest)),
            Assert(~(unit.command.valid & over) | active | loading | begins),
            # What makes it inductive.
            Assert(owed == (fresh & (active | loading))),
            Assert(~(active & loading)),
            Assert(~loading | owed),
            Assert(~(active | loading) | (Value.cast(inside["addresses.present"]) == latest)),
        ]
        taken = unit.command.valid & unit.command.ready
        if unit.config.holds_commands:
            m.d.comb += Assert(taken == begins)
        else:
            offered, waiting = stays_on_offer(m, unit.command)
            m.d.comb += [
                Assert(taken == (unit.issue & unit.place.final)),
                Assert(~(active | loading) | (offered & (waiting == latest))),
            ]
        return m
