"""Rotation of a vector by a variable number of its elements.

An element has ``unit`` bits; the vector must have as many elements as ``count`` has values. There is one level of
multiplexers for each bit of ``count``, each a signal in the combinational domain of ``m``: in one expression, every
level would hold three copies of the one before.
"""

from amaranth.hdl import Module, Mux, Signal, Value


def rotate_right(m: Module, vector: Value, count: Value, *, unit: int) -> Value:
    """``vector`` with element ``(i + count) mod n`` moved to i."""
    for bit in range(len(count)):
        vector = _level(m, count[bit], vector.rotate_right(unit << bit), vector)
    return vector


def rotate_left(m: Module, vector: Value, count: Value, *, unit: int) -> Value:
    """``vector`` with element i moved to ``(i + count) mod n``: the inverse of :func:`rotate_right`."""
    for bit in range(len(count)):
        vector = _level(m, count[bit], vector.rotate_left(unit << bit), vector)
    return vector


def _level(m: Module, moves: Value, moved: Value, held: Value) -> Signal:
    level = Signal(len(held), name="rotated")
    m.d.comb += level.eq(Mux(moves, moved, held))
    return level
