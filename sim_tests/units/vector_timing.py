"""When the vector engine's front end takes and starts its commands, to the cycle."""

from collections import deque
from dataclasses import dataclass

from celosia.rtl.engine.status import EngineStatus

#: Cycles to load a table.
TABLE_CYCLES = 64
#: Operands that may wait for the scratchpad when the next command is taken.
BUFFERED = 2


@dataclass
class TakenCommand:
    """A command that has been taken and has not started; ``passed`` is the cycle in which its waits were first met."""

    taken: int
    wait_matrix: int
    wait_vector: int
    loads_table: bool
    passed: int | None = None


class FrontEndTiming:
    """Follows the states of a front end, cycle by cycle, and refuses any that is too early or too late.

    A command's first operand is made in the cycle after it was taken, and after the one in which its waits were met; if
    it loads a table, 64 cycles after no operand was left. It is on offer a cycle later. From there on, there is one in
    every cycle.
    """

    def __init__(self) -> None:
        self.waiting: deque[TakenCommand] = deque()
        self._issuing = False
        self._last_issue = -1

    def take(self, command: TakenCommand, operands_left: int) -> None:
        """A command is taken in a cycle in which so many operands of those before it have not been issued."""
        assert operands_left <= BUFFERED, "a command was taken before the one before it was done"
        self.waiting.append(command)

    def see_counts(self, cycle: int, matrix: int, vector: int) -> None:
        """So many commands have retired."""
        for command in self.waiting:
            if command.passed is None and matrix >= command.wait_matrix and vector >= command.wait_vector:
                command.passed = cycle

    def check(
        self, cycle: int, state: EngineStatus, *, is_first: bool, is_final: bool, on_offer: bool
    ) -> None:
        """What the front end does with a cycle; the next operand is its command's first or final one or not."""
        if state in (EngineStatus.BUSY, EngineStatus.BANK):
            if is_first and not self._issuing:
                self._issuing = True
                command = self.waiting.popleft()
                made = self._made(command)
                assert made is not None, "a command started before what it waits for"
                assert cycle == max(made, self._last_issue) + 1, (
                    f"a command started in cycle {cycle}, not {made + 1}"
                )
            assert self._issuing
            if state is EngineStatus.BUSY:
                self._last_issue = cycle
                self._issuing = not is_final
            return
        assert not self._issuing, "a command was interrupted"
        assert state is self._idle_state(cycle, on_offer), f"cycle {cycle} is {state}"

    def _idle_state(self, cycle: int, on_offer: bool) -> EngineStatus:
        if not self.waiting:
            return EngineStatus.OPERANDS if on_offer else EngineStatus.EMPTY
        command = self.waiting[0]
        if cycle < self._prepared(command):
            return EngineStatus.OPERANDS
        made = self._made(command)
        if made is None or cycle < made:
            return EngineStatus.DEPENDENCY
        assert cycle == made, f"no operand in cycle {cycle}, although one was made in {made}"
        return EngineStatus.OPERANDS

    def _prepared(self, command: TakenCommand) -> int:
        """Cycle in which the first operand is made, if there is nothing to wait for."""
        if command.loads_table:
            return max(command.taken, self._last_issue) + 1 + TABLE_CYCLES
        return command.taken + 1

    def _made(self, command: TakenCommand) -> int | None:
        if command.passed is None:
            return None
        return max(self._prepared(command), command.passed + 1)
