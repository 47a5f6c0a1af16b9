"""The vector engine's front end: takes commands, loads tables, issues operands."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from celosia.rtl.command import Function, VectorCommand, functions_of, timeline_bits
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.control.timeline import TIMELINE_LAYOUT
from celosia.rtl.engine.command_walk import CommandWalk
from celosia.rtl.engine.status import EngineStatus, report
from celosia.rtl.engine.vector_addresses import VectorAddresses, VectorPlace
from celosia.rtl.engine.vector_lane import TABLE_ENTRIES
from celosia.rtl.engine.vector_operand import describe_operand, operand_layout
from celosia.rtl.memory.ram import address_bits


class VectorFrontEnd(wiring.Component):
    """Issues an operand, or loads a table entry, a cycle.

    When commands are taken and their first operands offered, :class:`~celosia.rtl.engine.command_walk.CommandWalk`
    says. A ``TABLE`` command with ``load_table`` first spends 64 cycles on its table, from the cycle on in which no
    operand of the command before it waits any more.

    Parameters
    ----------
    config : AcceleratorConfig
        Sizes of memories and vectors.

    Members
    -------
    command : In(stream of VectorCommand)
        The commands, in order.
    timeline : In(TIMELINE_LAYOUT)
        Commands that the engines have retired.
    scratchpad_valid : Out(1)
        The operand wants the scratchpad at ``operand.place.read_address``.
    scratchpad_ready : In(1)
        The scratchpad grants it, in the same cycle.
    issue : Out(1)
        An operand is issued.
    operand : Out(operand_layout(config))
        Where it comes from, and what to do with it.
    load_table : Out(1)
        A table entry is to be loaded.
    table_entry : Out(range(64))
        Which.
    table_word : Out(address bits)
        Parameter word that holds it.
    table_lane : Out
        Entry of that word.
    status : Out(EngineStatus)
        What this cycle is spent on. ``OPERANDS`` also stands for the cycle or two in which a command's first address is
        computed after the engine had nothing to issue.
    started : Out(1)
        Pulses as a command issues its first operand.

    Raises
    ------
    TypeError
        If ``config`` is not an :class:`AcceleratorConfig`.
    """

    def __init__(self, config: AcceleratorConfig) -> None:
        if not isinstance(config, AcceleratorConfig):
            raise TypeError(f"config must be an AcceleratorConfig, not {config!r}")
        self._config = config
        super().__init__(
            {
                "command": In(stream.Signature(VectorCommand)),
                "timeline": In(TIMELINE_LAYOUT),
                "scratchpad_valid": Out(1),
                "scratchpad_ready": In(1),
                "issue": Out(1),
                "operand": Out(operand_layout(config)),
                "load_table": Out(1),
                "table_entry": Out(range(TABLE_ENTRIES)),
                "table_word": Out(VectorPlace(config)["parameter_address"].shape),
                "table_lane": Out(address_bits(config.vector_lanes)),
                "status": Out(EngineStatus, init=EngineStatus.EMPTY),
                "started": Out(1),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """Sizes of memories and vectors."""
        return self._config

    def elaborate(self, platform: object) -> Module:
        """Build the walk through commands, the loop nest, and the table's loader."""
        m = Module()
        functions = functions_of(self._config)
        m.submodules.addresses = addresses = VectorAddresses(self._config)
        m.submodules.walk = walk = CommandWalk(
            command=VectorCommand,
            request=operand_layout(self._config),
            timeline_bits=timeline_bits(self._config),
            holds=self._config.holds_commands,
        )
        connect(m, flipped(self.command), walk.command)
        m.d.comb += [
            walk.timeline.eq(self.timeline),
            addresses.command.eq(self.command.payload),
            addresses.load.eq(walk.load),
            addresses.advance.eq(walk.step),
            addresses.present.eq(walk.present),
            walk.last.eq(addresses.place.final),
            walk.request.eq(describe_operand(m, self._config, walk.present, addresses.place, walk.starts)),
        ]

        # Issue
        offered = walk.requests
        m.d.comb += [
            self.operand.eq(offered.payload),
            self.scratchpad_valid.eq(offered.valid & ~self.operand.from_accumulators & (len(functions) > 1)),
            self.issue.eq(offered.valid & (self.scratchpad_ready | ~self.scratchpad_valid)),
            offered.ready.eq(self.issue),
            self.started.eq(self.issue & self.operand.starts),
        ]
        report(
            m,
            self.status,
            issued=self.issue,
            refused=offered.valid,
            waiting=walk.waiting,
            has_command=walk.busy | self.command.valid,
        )

        # Table
        if Function.TABLE not in functions:
            m.d.comb += walk.prepared.eq(1)
            return m
        has_table = Signal()
        wants_table = (walk.present.function == Function.TABLE) & walk.present.load_table
        m.d.comb += [
            walk.prepared.eq(~wants_table | has_table),
            self.load_table.eq(walk.busy & ~offered.valid & ~walk.prepared),
        ]
        with m.If(walk.step & walk.load):
            m.d.sync += [
                has_table.eq(0),
                self.table_word.eq(self.command.payload.parameter_base),
                self.table_lane.eq(0),
            ]
        with m.If(self.load_table):
            m.d.sync += self.table_entry.eq(self.table_entry + 1)
            with m.If(self.table_lane == self._config.vector_lanes - 1):
                m.d.sync += [self.table_word.eq(self.table_word + 1), self.table_lane.eq(0)]
            with m.Else():
                m.d.sync += self.table_lane.eq(self.table_lane + 1)
            with m.If(self.table_entry == TABLE_ENTRIES - 1):
                m.d.sync += has_table.eq(1)
        return m
