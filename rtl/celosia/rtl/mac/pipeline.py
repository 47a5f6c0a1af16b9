"""Streams around a pipeline of fixed latency."""

from typing import Any

from amaranth.hdl import Cat, EnableInserter, Module, Signal, Value
from amaranth.lib import wiring

from celosia.rtl.repeated import Unshared


def streamed(unit: wiring.Component, core: Any) -> Module:
    """The module of ``unit``, which has streams ``operands`` and ``results``, around a ``core`` without.

    ``core`` has ports of the same names, a fixed ``latency``, and runs freely. It stands still while a result is
    valid and not taken; so the unit takes operands in every cycle in which its result is taken, ``ready`` of
    the operands depends on that of the results in the same cycle, and reset drops what is on its way.
    """
    m = Module()
    advance = Signal()
    on_the_way = Signal(core.latency)
    m.submodules.core = EnableInserter(advance)(Unshared(core))
    m.d.comb += [
        advance.eq(~unit.results.valid | unit.results.ready),
        unit.operands.ready.eq(advance),
        unit.results.valid.eq(on_the_way[-1]),
        Value.cast(core.operands).eq(Value.cast(unit.operands.payload)),
        Value.cast(unit.results.payload).eq(Value.cast(core.results)),
    ]
    with m.If(advance):
        m.d.sync += on_the_way.eq(Cat(unit.operands.valid, on_the_way))
    return m
