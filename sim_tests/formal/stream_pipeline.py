"""Streams around a pipeline of fixed latency, as all product units have them: nothing lost, in order, no overflow."""

from itertools import pairwise
from typing import Any

from amaranth.hdl import Assert, Assume, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.mac.pipeline import streamed
from sim_tests.formal.prove import Properties

#: Operands are numbered with so many bits: more numbers than the pipeline has stages.
NUMBER_BITS = 4


class DelayLine(wiring.Component):
    """A pipeline that computes nothing: what comes in goes out ``latency`` cycles later.

    Parameters
    ----------
    latency : int
        Cycles.

    Members
    -------
    operands : In(NUMBER_BITS)
        What comes in.
    results : Out(NUMBER_BITS)
        What goes out.
    """

    operands: In(NUMBER_BITS)
    results: Out(NUMBER_BITS)

    def __init__(self, *, latency: int) -> None:
        self.latency = latency
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        """A register a cycle."""
        m = Module()
        stages = [Signal(NUMBER_BITS, name=f"stage_{index}") for index in range(self.latency)]
        m.d.sync += [later.eq(earlier) for earlier, later in pairwise([self.operands, *stages])]
        m.d.comb += self.results.eq(stages[-1])
        return m


class NumberedUnit(wiring.Component):
    """A unit around such a pipeline, as product units are built around theirs.

    Parameters
    ----------
    latency : int
        Cycles.

    Members
    -------
    operands : In(stream.Signature(NUMBER_BITS))
        What comes in.
    results : Out(stream.Signature(NUMBER_BITS))
        What goes out.
    """

    operands: In(stream.Signature(NUMBER_BITS))
    results: Out(stream.Signature(NUMBER_BITS))

    def __init__(self, *, latency: int) -> None:
        self.latency = latency
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        """Put streams around the pipeline."""
        return streamed(self, DelayLine(latency=self.latency))


class PipelineProperties(Properties):
    """For operands that come, and results that are taken, in any cycle.

    Operands are their own numbers; streams do not look at them, so this stands for any.

    - Results come in the order of their operands: none lost, repeated or swapped.
    - A result that is offered stays until it is taken.
    - Operands are taken exactly if no result waits, so the pipeline never holds more than it has stages.

    Parameters
    ----------
    latency : int
        Stages of the pipeline.
    """

    def __init__(self, *, latency: int) -> None:
        self._unit_of_numbers = NumberedUnit(latency=latency)
        super().__init__(self._unit_of_numbers)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit, and what makes them inductive: which number each stage holds."""
        m, inside = self.surround(platform)
        unit: Any = self._unit_of_numbers
        operands, results = unit.operands, unit.results
        sent, delivered, offered = Signal(NUMBER_BITS), Signal(NUMBER_BITS), Signal()
        on_the_way = inside["on_the_way"]
        waits = results.valid & ~results.ready
        m.d.comb += Assume(operands.payload == sent)
        m.d.sync += [
            sent.eq(sent + (operands.valid & operands.ready)),
            delivered.eq(delivered + (results.valid & results.ready)),
            offered.eq(waits),
        ]
        m.d.comb += [
            Assert(~results.valid | (results.payload == delivered)),
            Assert(~offered | results.valid),
            Assert(operands.ready == ~waits),
            Assert(sent == (delivered + _ones(on_the_way))[:NUMBER_BITS]),
        ]
        for index in range(unit.latency):
            number = (delivered + _ones(on_the_way[index + 1 :]))[:NUMBER_BITS]
            m.d.comb += Assert(~on_the_way[index] | (inside[f"core.stage_{index}"] == number))
        return m


def _ones(bits: Value) -> Value:
    return sum(bits[index] for index in range(len(bits))) if len(bits) else Value.cast(0)
