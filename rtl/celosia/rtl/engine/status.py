"""What the front end of an engine does with a cycle."""

from amaranth.hdl import unsigned
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
