"""The addresses of a loop nest: those of the command, and no others."""

from amaranth.hdl import Assert, Assume, Const, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.engine.matrix_nest import LoopNest
from celosia.rtl.engine.nested_address import NestedAddress
from sim_tests.formal.prove import Properties, all_of


class Walk(wiring.Component):
    """Loop counters with the address they lead, as the engines have them.

    Parameters
    ----------
    width : int
        Bits of an address.
    count_width : int
        Bits of a loop's count.
    levels : int
        Number of loops.

    Members
    -------
    load, step, counts, last
        As the counters have them.
    start, steps, address
        As the address has them.
    """

    def __init__(self, *, width: int, count_width: int, levels: int) -> None:
        self.nest = LoopNest(widths=[count_width] * levels)
        self.nested = NestedAddress(width=width, levels=levels)
        super().__init__(
            {
                "load": In(1),
                "step": In(1),
                "counts": In(data.ArrayLayout(count_width, levels)),
                "start": In(width),
                "steps": In(data.ArrayLayout(width, levels)),
                "address": Out(width),
                "last": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Connect the two."""
        m = Module()
        m.submodules.nest = nest = self.nest
        m.submodules.nested = nested = self.nested
        m.d.comb += [
            nest.load.eq(self.load),
            nest.step.eq(self.step),
            nest.counts.eq(Value.cast(self.counts)),
            nested.load.eq(self.load),
            nested.start.eq(self.start),
            nested.steps.eq(self.steps),
            nested.turn.eq(nest.turn),
            nested.advance.eq(self.step),
            self.address.eq(nested.address),
            self.last.eq(nest.last),
        ]
        return m


class AddressProperties(Properties):
    """For every legal command (the last address of its nest is still an address) and steps in any cycle.

    - The address is ``start`` plus each loop's index times its step: indices counted like nested ``for`` loops.
    - So it is never below ``start``, nor beyond the nest's last.
    - ``last`` tells the iteration in which all indices are at their ends.
    """

    def __init__(self, *, width: int, count_width: int, levels: int) -> None:
        self._walk = Walk(width=width, count_width=count_width, levels=levels)
        super().__init__(self._walk)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the units, and what makes them inductive: where each loop's register is."""
        m, inside = self.surround(platform)
        walk = self._walk
        levels = range(len(walk.steps))
        walking = Signal()
        start, counts, steps = Signal.like(walk.start), Signal.like(walk.counts), Signal.like(walk.steps)
        index = [Signal(len(counts[0]), name=f"index_{level}") for level in levels]

        begins = walk.load & walk.step
        # A command begins with legal values, and keeps its steps until the next one.
        first, last_offset = (
            walk.start,
            sum((walk.counts[i] - 1)[: len(counts[0])] * walk.steps[i] for i in levels),
        )
        for count in walk.counts:
            m.d.comb += Assume(~walk.load | (count != 0))
        m.d.comb += [
            Assume(~walk.load | (first + last_offset < 1 << len(start))),
            Assume(begins | (Value.cast(walk.steps) == Value.cast(steps))),
            Assume(walking | begins | ~walk.step),
        ]
        highest = Signal(len(start))
        with m.If(begins):
            m.d.sync += [walking.eq(1), start.eq(walk.start), counts.eq(walk.counts), steps.eq(walk.steps)]
            m.d.sync += highest.eq(first + last_offset)
            m.d.sync += [i.eq(0) for i in index]
        with m.Elif(walk.step):
            carry: Value = Const(1)
            for level in levels:
                ends = index[level] == counts[level] - 1
                with m.If(carry):
                    m.d.sync += index[level].eq(Mux(ends, 0, index[level] + 1))
                carry = carry & ends
            with m.If(carry):
                m.d.sync += walking.eq(0)

        with m.If(walking):
            at_ends = [index[level] == counts[level] - 1 for level in levels]
            m.d.comb += [
                Assert((walk.address >= start) & (walk.address <= highest)),
                Assert(walk.last == all_of(at_ends)),
                Assert(highest == start + sum((counts[i] - 1)[: len(counts[0])] * steps[i] for i in levels)),
            ]
            for level in levels:
                begun = start + sum(index[i] * steps[i] for i in levels[level:])
                m.d.comb += [
                    Assert(inside[f"nested.begun_{level}"] == begun),
                    Assert(index[level] < counts[level]),
                    Assert(inside[f"nest.count_{level}"] == counts[level]),
                    Assert(inside[f"nest.left_{level}"] == counts[level] - index[level] - 2),
                ]
        return m
