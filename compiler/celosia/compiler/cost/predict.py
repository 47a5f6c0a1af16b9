"""Predicts a run of a compiled program."""

from dataclasses import dataclass
from itertools import pairwise

from celosia.compiler.compiled import CompiledModel
from celosia.compiler.cost.engines import ENGINE_WORK
from celosia.compiler.cost.timeline import TimedCommand, run_commands
from celosia.compiler.cost.times import CommandTime
from celosia.rtl.bus.address_map import Counter, counters_of
from celosia.rtl.command import Engine, engines_of, record_words
from celosia.rtl.control.fetch import fetch_stages


@dataclass(frozen=True)
class Prediction:
    """Cycles of a run, by which each layer moves its end, and every command's times in program order.

    ``engines`` and ``counts`` are those of the machine.
    """

    cycles: int
    layer_cycles: tuple[int, ...]
    commands: tuple[CommandTime, ...]
    engines: tuple[Engine, ...]
    counts: tuple[Counter, ...]

    def counters(self) -> dict[str, int]:
        """What the hardware's counters would say, under the names that a device gives them."""
        values = {"cycles": self.cycles}
        for engine in Engine:
            own = [command for command in self.commands if command.engine is engine]
            name = engine.name.lower()
            # After its last command, an engine is empty.
            after = self.cycles - max((command.end for command in own), default=0)
            values[f"{name}.commands"] = len(own)
            values[f"{name}.busy"] = sum(command.busy for command in own)
            values[f"{name}.empty"] = sum(command.empty for command in own)
            values[f"{name}.empty"] += after if engine in self.engines else 0
            values[f"{name}.dependency"] = sum(command.dependency for command in own)
            values[f"{name}.operands"] = sum(command.operands + command.reload for command in own)
            values[f"{name}.bank"] = sum(command.bank for command in own)
        names = {
            f"{engine.name.lower()}.{counter.name.lower()}" for engine in Engine for counter in self.counts
        }
        return {name: value for name, value in values.items() if name == "cycles" or name in names}


def predict(program: CompiledModel) -> Prediction:
    """Predict a run of ``program``."""
    config = program.config
    commands = run_commands(
        timed_commands(program), queue_depth=config.queue_depth, fetch_stages=fetch_stages(config)
    )
    retired = {
        engine.name.lower(): [command.retired for command in commands if command.engine is engine]
        for engine in Engine
    }
    ends = [0]
    for layer in program.layers:
        spans = layer.engine_commands.items()
        ends.append(
            max([ends[-1], *(retired[name][stop - 1] for name, (first, stop) in spans if stop > first)])
        )
    layer_cycles = tuple(end - before for before, end in pairwise(ends))
    return Prediction(ends[-1] + 1, layer_cycles, commands, engines_of(config), counters_of(config))


def timed_commands(program: CompiledModel) -> list[TimedCommand]:
    """The commands of a program as their engines see them."""
    return [
        TimedCommand(
            engine=command.engine,
            words=record_words(command.engine.opcode),
            work=ENGINE_WORK[command.engine](command.fields, program.config),
            waits=command.waits,
        )
        for command in program.commands
    ]
