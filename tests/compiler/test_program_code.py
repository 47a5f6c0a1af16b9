"""Whole programs as words: the same words, and the same commands again, as record by record."""

from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Shape
from amaranth.lib import data, enum

from celosia.rtl.command import RECORDS, Engine, Opcode, record_words
from celosia.rtl.command_code import decode, encode
from celosia.rtl.program_code import FieldErrors, ProgramCommand, decode_program, encode_program


def random_command(rng: np.random.Generator) -> ProgramCommand:
    """A command with any number that fits in each field: the lowest and the highest as often as others."""
    engine = Engine(int(rng.integers(len(Engine))))
    values: list[Any]
    fields: dict[str, Any] = {}
    for name, field in data.Layout.cast(RECORDS[engine.opcode]):
        if name == "header":
            continue
        if isinstance(field.shape, type) and issubclass(field.shape, enum.Enum):
            values = list(field.shape)
        else:
            shape = Shape.cast(field.shape)
            low = -1 << shape.width - 1 if shape.signed else 0
            high = low + (1 << shape.width) - 1
            values = [low, high, int(rng.integers(low, high, endpoint=True))]
        fields[str(name)] = values[rng.integers(len(values))]
    waits = {other: int(rng.choice([0, 0xFFFF, int(rng.integers(1 << 16))])) for other in Engine}
    return ProgramCommand(engine, fields, waits)


def test_words_are_those_of_the_records(rng: np.random.Generator) -> None:
    commands = [random_command(rng) for _ in range(100)]
    words: list[int] = []
    for command in commands:
        waits = {f"wait_{other.name.lower()}": count for other, count in command.waits.items()}
        words += encode(command.engine.opcode, **waits, **command.fields)
    assert encode_program(commands).tolist() == [*words, *encode(Opcode.END)]


def test_commands_survive_their_encoding(rng: np.random.Generator) -> None:
    commands = [random_command(rng) for _ in range(100)]
    program = encode_program(commands)
    assert decode_program(program) == commands
    size = record_words(commands[0].engine.opcode)
    opcode, fields = decode(program[:size].tolist())
    fields.pop("header")
    assert (opcode, fields) == (commands[0].engine.opcode, commands[0].fields)


def test_an_empty_program_is_its_end() -> None:
    assert encode_program([]).tolist() == list(encode(Opcode.END))
    assert decode_program(encode_program([])) == []


def test_numbers_that_do_not_fit_are_named(rng: np.random.Generator) -> None:
    commands = [random_command(rng) for _ in range(20)]
    of_matrix = next(number for number, each in enumerate(commands) if each.engine is Engine.MATRIX)
    commands[of_matrix] = ProgramCommand(
        Engine.MATRIX, {**commands[of_matrix].fields, "pad_value": 128}, commands[of_matrix].waits
    )
    with pytest.raises(FieldErrors) as error:
        encode_program(commands)
    assert error.value.messages == {of_matrix: "MATRIX command: pad_value must be in -128..127, not 128"}


def test_unknown_opcodes_and_torn_records_are_refused(rng: np.random.Generator) -> None:
    program = encode_program([random_command(rng) for _ in range(3)])
    with pytest.raises(ValueError, match="program word 0 must begin a record, but 15 is no opcode"):
        decode_program(program | np.uint64(0xF))
    with pytest.raises(ValueError, match="must hold all of its last record, and ends 1 words early"):
        decode_program(program[:-2])
