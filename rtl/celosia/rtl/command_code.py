"""A record, of a command or of parameters, as program words, and back; ``program_code.py`` does that to programs."""

from collections.abc import Callable, Hashable, Sequence
from functools import cache, partial
from typing import Any, cast

from amaranth.hdl import Shape, ShapeCastable
from amaranth.lib import data, enum

from celosia.rtl.command import PROGRAM_WORD_BITS, RECORDS, Opcode, Parameter, record_words


class CommandError(ValueError):
    """A field that does not fit its record; the message names it."""


def encode(
    opcode: Opcode, *, wait_matrix: int = 0, wait_vector: int = 0, wait_depthwise: int = 0, **fields: Any
) -> tuple[int, ...]:
    """Assemble a record into program words, first word first.

    Every field of the record must be given. Raises :class:`CommandError` for an unknown or missing field or
    a value out of its range, because an out-of-range constant would lose its upper bits without a word.
    """
    header = {
        "opcode": opcode,
        "wait_matrix": wait_matrix,
        "wait_vector": wait_vector,
        "wait_depthwise": wait_depthwise,
    }
    bits = _pack(RECORDS[opcode], {"header": header, **fields}, f"{opcode.name} command")
    mask = (1 << PROGRAM_WORD_BITS) - 1
    return tuple((bits >> PROGRAM_WORD_BITS * index) & mask for index in range(record_words(opcode)))


def decode(words: Sequence[int]) -> tuple[Opcode, dict[str, Any]]:
    """The opcode of a record and its fields (``header`` holds the waits), from its program words."""
    opcode = Opcode(words[0] & 0xF)
    bits = sum(word << PROGRAM_WORD_BITS * index for index, word in enumerate(words))
    return opcode, _unpack(RECORDS[opcode], bits)


def encode_parameter(*, bias: int, multiplier: int, shift: int) -> int:
    """One entry of the parameter memory as bits, range-checked like a command."""
    return _pack(Parameter, {"bias": bias, "multiplier": multiplier, "shift": shift}, "parameter")


def _pack(struct: type[data.Struct], values: dict[str, Any], where: str) -> int:
    fields = _field_ranges(cast(Hashable, struct))
    if missing := fields.keys() - values.keys():
        raise CommandError(f"{where}: field {min(missing)} is missing")
    if unknown := values.keys() - fields.keys():
        raise CommandError(f"{where} has no field {min(unknown)}")
    bits = 0
    for name, (offset, part, low, high) in fields.items():
        value = values[name]
        if part is not None:
            bits |= _pack(part, value, where) << offset
            continue
        number = int(value.value if isinstance(value, enum.Enum) else value)
        if not low <= number <= high:
            raise CommandError(f"{where}: {name} must be in {low}..{high}, not {number}")
        bits |= (number & (high - low)) << offset
    return bits


@cache
def _field_ranges(struct: Any) -> dict[str, tuple[int, type[data.Struct] | None, int, int]]:
    """Offset, structure (None for a number), lowest and highest value of each field."""
    ranges = {}
    for name, field in data.Layout.cast(struct):
        width, is_signed = Shape.cast(field.shape).width, Shape.cast(field.shape).signed
        low, high = (-1 << width - 1, (1 << width - 1) - 1) if is_signed else (0, (1 << width) - 1)
        is_struct = isinstance(field.shape, type) and issubclass(field.shape, data.Struct)
        ranges[name] = (field.offset, field.shape if is_struct else None, low, high)
    return ranges


def _unpack(struct: type[data.Struct], bits: int) -> dict[str, Any]:
    conversions = _field_conversions(cast(Hashable, struct))
    return {name: convert(bits >> offset & mask) for name, offset, mask, convert in conversions}


@cache
def _field_conversions(
    struct: Any,
) -> tuple[tuple[str, int, int, Callable[[int], Any]], ...]:
    """Name, offset and mask of each field, and what makes a value of its bits."""
    return tuple(
        (name, field.offset, (1 << Shape.cast(field.shape).width) - 1, _conversion(field.shape))
        for name, field in data.Layout.cast(struct)
    )


def _conversion(shape: Any) -> Callable[[int], Any]:
    if isinstance(shape, type) and issubclass(shape, data.Struct):
        return partial(_unpack, shape)
    if isinstance(shape, ShapeCastable):
        return cache(shape.from_bits)
    width = Shape.cast(shape).width
    if Shape.cast(shape).signed:
        return lambda raw: raw - (raw >> (width - 1) << width)
    return lambda raw: raw
