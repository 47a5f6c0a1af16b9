"""The vector engine's front end: tables are whole before they are used, and operands wait for their grants."""

from typing import Any

from amaranth.hdl import Assert, Module, Signal, Value
from amaranth.lib import data

from celosia.rtl.command import Function, VectorCommand
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.engine.vector_front_end import VectorFrontEnd
from celosia.rtl.engine.vector_lane import TABLE_ENTRIES
from sim_tests.formal.command_walk import stays_on_offer
from sim_tests.formal.prove import Properties


class FrontEndProperties(Properties):
    """For any commands, offered in any cycle, any timeline, and grants of the scratchpad in any cycle.

    That commands begin once, in order and after their waits, and that their operands come out in order, is what
    :class:`~sim_tests.formal.command_walk.WalkProperties` proves.

    - A command that loads a table makes no operand before it has loaded all entries, one after the other; any other
      command loads none.
    - Entries are loaded only while no operand waits: those before belong to commands with another table. As long as any
      are missing then, one is loaded in every cycle.
    - An operand is issued once it is granted, or if it is not read from the scratchpad; it leaves then, and not before.

    Parameters
    ----------
    config : AcceleratorConfig
        Sizes of memories and vectors.
    """

    def __init__(self, config: AcceleratorConfig) -> None:
        self._front_end = VectorFrontEnd(config)
        super().__init__(self._front_end)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit."""
        m, inside = self.surround(platform)
        unit: Any = self._front_end
        walking, step, load = (inside[f"walk.{name}"] for name in ("walking", "step", "load"))
        offered, taken = inside["walk.requests__valid"], inside["requests__ready"]
        made = inside["walk.input__valid"] & inside["walk.buffer.input__ready"]
        present: Any = data.View(VectorCommand, inside["walk.present"])
        wants = (present.function == Function.TABLE) & present.load_table
        loaded = Signal(range(TABLE_ENTRIES + 1))  # entries, of the command that began last
        with m.If(step & load):
            m.d.sync += loaded.eq(0)
        with m.Elif(unit.load_table):
            m.d.sync += loaded.eq(loaded + 1)

        missing = wants & (loaded != TABLE_ENTRIES)
        m.d.comb += [
            Assert(~(made & missing)),
            Assert(~unit.load_table | (missing & ~offered)),
            Assert(~(walking & missing & ~offered) | unit.load_table),
            Assert(~unit.load_table | (unit.table_entry == loaded)),
            Assert(unit.issue == (offered & (unit.scratchpad_ready | ~unit.scratchpad_valid))),
            Assert(unit.issue == (offered & taken)),
            Assert(~unit.scratchpad_valid | (offered & ~unit.operand.from_accumulators)),
            Assert(~unit.started | (unit.issue & unit.operand.starts)),
            # What makes it inductive.
            Assert(loaded <= TABLE_ENTRIES),
            Assert(unit.table_entry == loaded[:-1]),
            Assert(walking | (loaded[:-1] == 0)),
            Assert(~walking | wants | (loaded == 0)),
            Assert(~walking | (inside["has_table"] == (loaded == TABLE_ENTRIES))),
            Assert(~wants | ~walking | inside["walk.starts"] | (loaded == TABLE_ENTRIES)),
        ]
        if not unit.config.holds_commands:
            on_offer, waiting = stays_on_offer(m, unit.command)
            m.d.comb += Assert(~walking | (on_offer & (waiting == Value.cast(unit.command.payload))))
        return m
