"""The vector engine's front end: takes commands, loads tables, issues operands."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.command import Function, VectorCommand, functions_of, timeline_bits
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.control.timeline import TIMELINE_LAYOUT, TimelineGate
from celosia.rtl.engine.status import EngineStatus
from celosia.rtl.engine.vector_addresses import VectorAddresses, VectorPlace
from celosia.rtl.engine.vector_lane import TABLE_ENTRIES
from celosia.rtl.memory.ram import address_bits


class VectorFrontEnd(wiring.Component):
    """Issues an operand, or loads a table entry, a cycle.

    A command is taken, once the timeline has reached what it waits for, in the cycle in which the one before it
    issues its last operand; its own first one issues in the next cycle. The queue's output register is where the
    next command waits. A ``TABLE`` command with ``load_table`` first spends 64 cycles on its table.

    Unless the configuration ``holds_commands``, a command stays in the queue until it issues its last operand, and is
    taken then.

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
        The operand wants the scratchpad at ``place.read_address``.
    scratchpad_ready : In(1)
        The scratchpad grants it, in the same cycle.
    issue : Out(1)
        An operand is issued: ``place`` says where it comes from, ``present`` what to do with it.
    place : Out(VectorPlace)
        The operand's addresses, and its place in its element.
    present : Out(VectorCommand)
        The operand's command.
    load_table : Out(1)
        A table entry is to be loaded.
    table_entry : Out(range(64))
        Which.
    table_word : Out(address bits)
        Parameter word that holds it.
    table_lane : Out
        Entry of that word.
    status : Out(EngineStatus)
        What this cycle is spent on. The cycle in which an idle engine takes a command is ``EMPTY``.
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
        place = VectorPlace(config)
        super().__init__(
            {
                "command": In(stream.Signature(VectorCommand)),
                "timeline": In(TIMELINE_LAYOUT),
                "scratchpad_valid": Out(1),
                "scratchpad_ready": In(1),
                "issue": Out(1),
                "place": Out(place),
                "present": Out(VectorCommand),
                "load_table": Out(1),
                "table_entry": Out(range(TABLE_ENTRIES)),
                "table_word": Out(place["parameter_address"].shape),
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
        """Build the command's state, the table loader, and the loop nest."""
        m = Module()
        m.submodules.gate = gate = TimelineGate(bits=timeline_bits(self._config))
        m.submodules.addresses = addresses = VectorAddresses(self._config)
        command = self.command.payload
        functions = functions_of(self._config)
        holds = self._config.holds_commands
        active = Signal()
        fresh = Signal()
        loading = Signal()
        granted = Signal()
        renewed = Signal()

        # Issue
        m.d.comb += [
            self.scratchpad_valid.eq(
                active & (self.present.function != Function.REQUANTIZE) & (len(functions) > 1)
            ),
            granted.eq(self.scratchpad_ready | ~self.scratchpad_valid),
            self.issue.eq(active & granted),
            self.started.eq(self.issue & fresh),
            self.place.eq(addresses.place),
            self.present.eq(addresses.present),
        ]

        # Take. A grant comes late in a cycle, so it only decides whether the address registers go on: that they go
        # on to the command on offer, if there is one or not, is known before.
        idle = ~active & ~loading
        m.d.comb += [
            gate.header.eq(command.header),
            gate.counts.eq(self.timeline),
            addresses.command.eq(command),
            addresses.load.eq(~active | (self.place.final & holds)),
            addresses.advance.eq(self.issue | (idle & self.command.valid)),
            renewed.eq(addresses.advance & addresses.load),
            self.command.ready.eq(renewed & gate.passed if holds else self.issue & self.place.final),
        ]
        has_tables = Function.TABLE in functions
        load_table = (command.function == Function.TABLE) & command.load_table & has_tables
        with m.If(renewed):
            taken = self.command.valid & gate.passed
            m.d.sync += [active.eq(taken & ~load_table), loading.eq(taken & load_table), fresh.eq(1)]
        with m.Elif(self.issue):
            m.d.sync += fresh.eq(0)
            if not holds:
                m.d.sync += active.eq(~self.place.final)

        # Table
        m.d.comb += self.load_table.eq(loading)
        with m.If(renewed):
            m.d.sync += [self.table_word.eq(command.parameter_base), self.table_lane.eq(0)]
        with m.If(loading):
            m.d.sync += self.table_entry.eq(self.table_entry + 1)
            with m.If(self.table_lane == self._config.vector_lanes - 1):
                m.d.sync += [self.table_word.eq(self.table_word + 1), self.table_lane.eq(0)]
            with m.Else():
                m.d.sync += self.table_lane.eq(self.table_lane + 1)
            with m.If(self.table_entry == TABLE_ENTRIES - 1):
                m.d.sync += [loading.eq(0), active.eq(1)]

        # Report
        with m.If(loading):
            m.d.comb += self.status.eq(EngineStatus.OPERANDS)
        with m.Elif(active):
            m.d.comb += self.status.eq(Mux(granted, EngineStatus.BUSY, EngineStatus.BANK))
        with m.Elif(self.command.valid & ~gate.passed):
            m.d.comb += self.status.eq(EngineStatus.DEPENDENCY)
        with m.Else():
            m.d.comb += self.status.eq(EngineStatus.EMPTY)
        return m
