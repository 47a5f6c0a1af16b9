"""Whole programs as words, and back: what ``command_code.py`` does to one record, done to all of a kind at once.

A network's program has some ten thousand records of some twenty fields. Field by field, as columns, they take a tenth
of the time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from amaranth.hdl import Shape
from amaranth.lib import data, enum
from numpy.typing import NDArray

from celosia.rtl.command import PROGRAM_WORD_BITS, RECORDS, Engine, Header, Opcode, record_words

Words = NDArray[np.uint64]
Fields = Mapping[str, Any]


class FieldErrors(ValueError):
    """Numbers that do not fit their fields: ``messages`` has one for each such record, by the record's number."""

    def __init__(self, messages: Mapping[int, str]) -> None:
        super().__init__("; ".join(messages[record] for record in sorted(messages)))
        self.messages = messages


@dataclass(frozen=True)
class ProgramCommand:
    """A command of a program: its engine, its fields, and how many of each engine's commands it waits for."""

    engine: Engine
    fields: Fields
    waits: Mapping[Engine, int]


@dataclass(frozen=True)
class _Field:
    """A number in a record: where its bits are, and what they mean."""

    name: str
    word: int
    shift: int
    width: int
    is_signed: bool
    kind: type[enum.Enum] | None

    @property
    def limits(self) -> tuple[int, int]:
        if self.is_signed:
            return -1 << self.width - 1, (1 << self.width - 1) - 1
        return 0, (1 << self.width) - 1

    def numbers(self, values: Sequence[Any]) -> NDArray[np.int64]:
        if self.kind is not None:
            values = [value.value if isinstance(value, enum.Enum) else value for value in values]
        return np.array(values, np.int64)

    def put(self, words: Words, numbers: NDArray[np.int64]) -> None:
        bits = numbers.astype(np.uint64) & np.uint64((1 << self.width) - 1)
        words[:, self.word] |= bits << np.uint64(self.shift)
        if self._is_split:
            words[:, self.word + 1] |= bits >> np.uint64(PROGRAM_WORD_BITS - self.shift)

    def get(self, words: Words) -> list[Any]:
        bits = words[:, self.word] >> np.uint64(self.shift)
        if self._is_split:
            bits |= words[:, self.word + 1] << np.uint64(PROGRAM_WORD_BITS - self.shift)
        numbers = (bits & np.uint64((1 << self.width) - 1)).astype(np.int64)
        if self.is_signed:
            numbers -= numbers >> (self.width - 1) << self.width
        values: list[Any] = numbers.tolist()
        return values if self.kind is None else [self.kind(value) for value in values]

    @property
    def _is_split(self) -> bool:
        return self.shift + self.width > PROGRAM_WORD_BITS


def encode_program(commands: Sequence[ProgramCommand]) -> Words:
    """Assemble a program, ``END`` included; every command must have all fields of its engine's record.

    Raises :class:`FieldErrors` for numbers out of their fields' range, which would lose their upper bits without a
    word, and ``KeyError`` for a missing field.
    """
    sizes = [record_words(command.engine.opcode) for command in commands]
    starts = np.cumsum([0, *sizes])
    program = np.zeros(starts[-1] + record_words(Opcode.END), np.uint64)
    faults: dict[int, str] = {}
    for engine in Engine:
        numbers = [number for number, command in enumerate(commands) if command.engine is engine]
        words = np.zeros((len(numbers), record_words(engine.opcode)), np.uint64)
        _Field("opcode", 0, 0, Shape.cast(Opcode).width, False, None).put(
            words, np.full(len(numbers), engine.opcode.value)
        )
        chosen = [commands[number] for number in numbers]
        for other, field in _waits().items():
            _encode(
                field, [command.waits.get(other, 0) for command in chosen], words, numbers, engine, faults
            )
        for field in _fields(engine.opcode):
            _encode(field, [command.fields[field.name] for command in chosen], words, numbers, engine, faults)
        program[starts[numbers][:, None] + np.arange(words.shape[1])] = words
    if faults:
        raise FieldErrors(faults)
    return program


def decode_program(program: Words) -> list[ProgramCommand]:
    """The commands of a program, up to ``END``.

    Raises ``ValueError`` for an opcode that no engine has, and for a record that is not whole.
    """
    starts: dict[Engine, list[int]] = {engine: [] for engine in Engine}
    order: list[Engine] = []
    engines = {engine.opcode.value: (engine, record_words(engine.opcode)) for engine in Engine}
    opcodes = (program & np.uint64(0xF)).tolist()
    at = 0
    while at < len(opcodes) and opcodes[at] != Opcode.END.value:
        if opcodes[at] not in engines:
            raise ValueError(f"program word {at} must begin a record, but {opcodes[at]} is no opcode")
        engine, size = engines[opcodes[at]]
        starts[engine].append(at)
        order.append(engine)
        at += size
    if at > len(opcodes):
        raise ValueError(
            f"the program must hold all of its last record, and ends {at - len(opcodes)} words early"
        )
    decoded = {engine: iter(_decode(engine, program, starts[engine])) for engine in Engine}
    return [next(decoded[engine]) for engine in order]


def _encode(
    field: _Field,
    values: Sequence[Any],
    words: Words,
    records: Sequence[int],
    engine: Engine,
    faults: dict[int, str],
) -> None:
    """Put a field into all records of an engine; note those that it does not fit."""
    numbers = field.numbers(values)
    low, high = field.limits
    for bad in np.flatnonzero((numbers < low) | (numbers > high)).tolist():
        message = f"{engine.name} command: {field.name} must be in {low}..{high}, not {numbers[bad]}"
        faults.setdefault(records[bad], message)
    field.put(words, numbers)


def _decode(engine: Engine, program: Words, starts: Sequence[int]) -> list[ProgramCommand]:
    words = program[np.array(starts, np.int64)[:, None] + np.arange(record_words(engine.opcode))]
    waits = zip(*(field.get(words) for field in _waits().values()), strict=True)
    layout = _fields(engine.opcode)
    names = [field.name for field in layout]
    rows = zip(*(field.get(words) for field in layout), strict=True)
    return [
        ProgramCommand(engine, dict(zip(names, row, strict=True)), dict(zip(_waits(), counts, strict=True)))
        for row, counts in zip(rows, waits, strict=True)
    ]


@cache
def _fields(opcode: Opcode) -> tuple[_Field, ...]:
    """The fields of a record, but for its header."""
    return tuple(_field(name, field) for name, field in data.Layout.cast(RECORDS[opcode]) if name != "header")


@cache
def _waits() -> Mapping[Engine, _Field]:
    """The fields of the header that say what a command waits for."""
    layout = data.Layout.cast(Header)
    return {
        engine: _field(name, layout[name]) for engine in Engine if (name := f"wait_{engine.name.lower()}")
    }


def _field(name: Any, field: data.Field) -> _Field:
    shape = Shape.cast(field.shape)
    word, shift = divmod(field.offset, PROGRAM_WORD_BITS)
    kind = field.shape if isinstance(field.shape, type) and issubclass(field.shape, enum.Enum) else None
    return _Field(str(name), word, shift, shape.width, shape.signed, kind)
