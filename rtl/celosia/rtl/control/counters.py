"""What each engine did with its cycles."""

from amaranth.hdl import Array, Module, Signal, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.bus.address_map import Counter
from celosia.rtl.command import Engine
from celosia.rtl.engine.status import EngineStatus
from celosia.rtl.parameter import boolean

COUNTER_BITS = 32


class PerformanceCounters(wiring.Component):
    """Counts cycles, and for each engine its retired commands and the cycles its front end spent in each state.

    Counters wrap after 2^32. They are exact from the cycle after the event.

    Parameters
    ----------
    depthwise : bool
        Whether there is a DEPTHWISE engine; without it, its counters are 0.

    Members
    -------
    clear : In(1)
        Sets every counter to zero.
    running : In(1)
        Cycles and states count only while this is high.
    status : In(EngineStatus, init=EngineStatus.EMPTY).array(len(Engine))
        What each engine's front end does in this cycle.
    retired : In(len(Engine))
        Pulses as commands retire.
    cycles : Out(32)
        Cycles spent running.
    select_engine, select_counter : In
        Which of an engine's counters ``selected`` shows: indices of :class:`Engine` and :class:`Counter`.
    selected : Out(32)
        That counter.

    Raises
    ------
    TypeError
        If ``depthwise`` is not a bool.
    """

    clear: In(1)
    running: In(1)
    status: In(EngineStatus, init=EngineStatus.EMPTY).array(len(Engine))
    retired: In(len(Engine))
    cycles: Out(COUNTER_BITS)
    select_engine: In(range(len(Engine)))
    select_counter: In(range(len(Counter)))
    selected: Out(COUNTER_BITS)

    def __init__(self, *, depthwise: bool) -> None:
        self._depthwise = boolean("depthwise", depthwise)
        super().__init__()

    @property
    def depthwise(self) -> bool:
        """Whether there is a DEPTHWISE engine."""
        return self._depthwise

    def elaborate(self, platform: object) -> Module:
        """Build one 32-bit counter per number."""
        m = Module()
        counters = Signal(
            data.ArrayLayout(data.ArrayLayout(unsigned(COUNTER_BITS), len(Counter)), len(Engine))
        )
        with m.If(self.clear):
            m.d.sync += [self.cycles.eq(0), counters.eq(0)]
        with m.Else():
            with m.If(self.running):
                m.d.sync += self.cycles.eq(self.cycles + 1)
            for engine in Engine:
                if engine is Engine.DEPTHWISE and not self._depthwise:
                    continue
                mine = counters[engine]
                with m.If(self.retired[engine]):
                    m.d.sync += mine[Counter.COMMANDS].eq(mine[Counter.COMMANDS] + 1)
                for state in EngineStatus:
                    index = Counter[state.name]
                    with m.If(self.running & (self.status[engine] == state)):
                        m.d.sync += mine[index].eq(mine[index] + 1)
        rows = Array(Array(counters[engine][counter] for counter in Counter) for engine in Engine)
        m.d.comb += self.selected.eq(rows[self.select_engine][self.select_counter])
        return m
