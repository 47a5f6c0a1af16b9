"""What the front end of an engine does with a cycle."""

from amaranth.hdl import Module, Value, unsigned
from amaranth.lib import enum


class EngineStatus(enum.Enum, shape=unsigned(3)):
    """The state of an engine's front end in one cycle; the values index the engine's counters."""

    BUSY = 1
    """It issues work."""
    EMPTY = 2
    """It has no command."""
    DEPENDENCY = 3
    """Its command waits on the timeline."""
    OPERANDS = 4
    """Weights, a table or parameters are not there yet."""
    BANK = 5
    """It lost a conflict for a scratchpad bank."""


def report(
    m: Module, status: Value, *, issued: Value, refused: Value, waiting: Value, has_command: Value
) -> None:
    """Let ``status`` say what a cycle is spent on; what comes first decides.

    ``issued``: work is issued. ``refused``: the scratchpad refuses it. ``waiting``: a command waits for the timeline.
    ``has_command``: there is one at all.
    """
    with m.If(issued):
        m.d.comb += status.eq(EngineStatus.BUSY)
    with m.Elif(refused):
        m.d.comb += status.eq(EngineStatus.BANK)
    with m.Elif(waiting):
        m.d.comb += status.eq(EngineStatus.DEPENDENCY)
    with m.Elif(has_command):
        m.d.comb += status.eq(EngineStatus.OPERANDS)
    with m.Else():
        m.d.comb += status.eq(EngineStatus.EMPTY)
