"""What each engine did with its cycles."""

from typing import Any

from amaranth.hdl import Array, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.bus.address_map import Counter
from celosia.rtl.command import Engine
from celosia.rtl.control.timeline import TIMELINE_LAYOUT
from celosia.rtl.delay import delayed
from celosia.rtl.engine.status import EngineStatus
from celosia.rtl.parameter import boolean

COUNTER_BITS = 32


class PerformanceCounters(wiring.Component):
    """Counts cycles, and for each engine the cycles its front end spent in each state; shows them by number.

    Counters wrap after 2^32. They are exact from the second cycle after the event. Retired commands are the timeline's.

    Parameters
    ----------
    depthwise : bool
        Whether there is a DEPTHWISE engine; without it, its counters are 0.
    states : bool
        Whether to count the states; without that, only cycles and commands are not 0.

    Members
    -------
    clear : In(1)
        Sets every counter to zero, a cycle later.
    running : In(1)
        Cycles and states count only while this is high.
    status : In(EngineStatus, init=EngineStatus.EMPTY).array(len(Engine))
        What each engine's front end does in this cycle.
    commands : In(TIMELINE_LAYOUT)
        Commands that the engines have retired.
    cycles : Out(32)
        Cycles spent running.
    select_engine, select_counter : In
        Which of an engine's counters ``selected`` shows: indices of :class:`Engine` and :class:`Counter`.
    selected : Out(32)
        That counter, a cycle later.

    Raises
    ------
    TypeError
        If a parameter is not a bool.
    """

    clear: In(1)
    running: In(1)
    status: In(EngineStatus, init=EngineStatus.EMPTY).array(len(Engine))
    commands: In(TIMELINE_LAYOUT)
    cycles: Out(COUNTER_BITS)
    select_engine: In(range(len(Engine)))
    select_counter: In(range(len(Counter)))
    selected: Out(COUNTER_BITS)

    def __init__(self, *, depthwise: bool, states: bool) -> None:
        self._depthwise = boolean("depthwise", depthwise)
        self._states = boolean("states", states)
        super().__init__()

    @property
    def depthwise(self) -> bool:
        """Whether there is a DEPTHWISE engine."""
        return self._depthwise

    @property
    def states(self) -> bool:
        """Whether the states are counted."""
        return self._states

    def elaborate(self, platform: object) -> Module:
        """Build a counter for the cycles, and one for each state of each engine."""
        m = Module()
        # A cycle late: what engines do with a cycle is known late in it.
        running = delayed(m, self.running, 1)
        clear = delayed(m, self.clear, 1)
        with m.If(clear):
            m.d.sync += self.cycles.eq(0)
        with m.Elif(running):
            m.d.sync += self.cycles.eq(self.cycles + 1)

        rows = []
        for engine in Engine:
            mine: dict[Counter, Any] = {counter: Const(0, COUNTER_BITS) for counter in Counter}
            if engine is not Engine.DEPTHWISE or self._depthwise:
                mine[Counter.COMMANDS] = self.commands[engine]
                if self._states:
                    mine |= self._count_states(m, engine, running, clear)
            rows.append(Array(mine.values()))
        m.d.sync += self.selected.eq(Array(rows)[self.select_engine][self.select_counter])
        return m

    def _count_states(
        self, m: Module, engine: Engine, running: Signal, clear: Signal
    ) -> dict[Counter, Signal]:
        counts = {}
        status = Signal(EngineStatus, name=f"{engine.name.lower()}_status", init=EngineStatus.EMPTY)
        m.d.sync += status.eq(self.status[engine])
        for state in EngineStatus:
            counts[Counter[state.name]] = count = Signal(
                COUNTER_BITS, name=f"{engine.name.lower()}_{state.name.lower()}"
            )
            with m.If(clear):
                m.d.sync += count.eq(0)
            with m.Elif(running & (status == state)):
                m.d.sync += count.eq(count + 1)
        return counts
