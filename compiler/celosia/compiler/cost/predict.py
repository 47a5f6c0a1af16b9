"""Predicts a run of a compiled program."""

from dataclasses import dataclass
from itertools import pairwise

from celosia.compiler.compiled import CompiledModel
from celosia.compiler.cost.engines import ENGINE_WORK
from celosia.compiler.cost.timeline import TimedCommand, run_commands
from celosia.compiler.cost.times import CommandTime
from celosia.rtl.command import Engine, Opcode, decode, record_words


@dataclass(frozen=True)
class Prediction:
    """Cycles of a run, by which each layer moves its end, and every command's times in program order."""

    cycles: int
    layer_cycles: tuple[int, ...]
    commands: tuple[CommandTime, ...]


def predict(program: CompiledModel) -> Prediction:
    """Predict a run of ``program``."""
    commands = run_commands(timed_commands(program))
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
    return Prediction(ends[-1] + 1, layer_cycles, commands)


def timed_commands(program: CompiledModel) -> list[TimedCommand]:
    """The commands of a program, in program order, without ``END``."""
    return [
        TimedCommand(
            engine=Engine[opcode.name],
            words=record_words(opcode),
            work=ENGINE_WORK[Engine[opcode.name]](fields, program.config),
            waits={engine: fields["header"][f"wait_{engine.name.lower()}"] for engine in Engine},
        )
        for opcode, fields in decode([int(word) for word in program.program])
        if opcode is not Opcode.END
    ]
