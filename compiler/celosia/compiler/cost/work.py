"""What the cost model needs to know of a command: the same few numbers for every engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: One bit for each scratchpad bank that a slot reads.
BankMasks = NDArray[np.uint16]

Fields = Mapping[str, Any]

#: Cycles from taking a command to its first slot: one to start the loops, one in the buffer of requests.
START_CYCLES = 2


@dataclass(frozen=True, eq=False)
class CommandWork:
    """A command as a sequence of *slots*, issued one a cycle by the front end of its engine.

    Slots pass a buffer of two before they issue. A command is taken when the last slot of the one before enters it,
    whatever it waits for.

    Slots come in ``passes`` of ``pass_slots`` each. A pass needs weights, which take ``load`` cycles from the
    first slot of the pass before it on (shadow registers take one set at a time); an engine without weights has
    a ``load`` of 0.

    Attributes
    ----------
    pass_slots, passes
        The slots.
    load
        Cycles to load the weights of a pass.
    retire
        Cycles from the last slot to retirement.
    prepare
        Cycles that the engine spends on a command it has taken, when no slot of another one is left, before it makes
        the first slot.
    weight_reads
        Cycles of ``load`` in which MATRIX cannot load weights, because this engine reads them first.
    slots
        All slots of the command.
    reads
        Returns the banks that each slot reads; None for a command that does not read the scratchpad.
    """

    pass_slots: int
    passes: int
    load: int
    retire: int
    reads: Callable[[], BankMasks] | None
    prepare: int = 0
    weight_reads: int = 0
    slots: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "slots", self.pass_slots * self.passes)
