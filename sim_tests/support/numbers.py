"""Number formats as benches see them: limits, random draws, and the bits of a port."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

#: Width and kind: ``s`` for signed, ``u`` for unsigned, ``b`` for a bit that means -1 or +1.
Format = tuple[int, str]

Numbers = NDArray[np.int64]


def limits(form: Format) -> tuple[int, int]:
    """Least and greatest number of a format."""
    width, kind = form
    if kind == "b":
        return -1, 1
    return (-1 << width - 1, (1 << width - 1) - 1) if kind == "s" else (0, (1 << width) - 1)


def draw(random: np.random.Generator, form: Format, shape: int | tuple[int, ...]) -> Numbers:
    """Random numbers of the whole range."""
    low, high = limits(form)
    if form[1] == "b":
        return random.choice(np.array([-1, 1]), shape)
    return random.integers(low, high + 1, shape)


def pack(values: Iterable[int] | Numbers, form: Format) -> int:
    """Numbers as a port's bits, the first number lowest."""
    width, kind = form
    mask = (1 << width) - 1
    bits = 0
    for index, value in enumerate(values):
        bits |= (int(value > 0) if kind == "b" else int(value) & mask) << width * index
    return bits


def unpack(bits: int, form: Format, count: int) -> list[int]:
    """The inverse of :func:`pack` for integer formats."""
    width, kind = form
    raw = [bits >> width * index & (1 << width) - 1 for index in range(count)]
    return [value - (value >> width - 1 << width) if kind == "s" else value for value in raw]


def wrap(value: int, form: Format) -> int:
    """What is left of a number in a format that is too narrow for it."""
    return unpack(pack([value], form), form, 1)[0]
