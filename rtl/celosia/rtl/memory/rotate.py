"""Rotation of a vector by a variable number of its elements."""

from amaranth.hdl import Mux, Value


def rotate_right(vector: Value, count: Value, *, unit: int) -> Value:
    """``vector`` with element ``(i + count) mod n`` moved to i.

    One level of multiplexers for each bit of ``count``. An element has ``unit`` bits; ``vector`` must have as
    many of them as ``count`` has values.
    """
    for bit in range(len(count)):
        vector = Mux(count[bit], vector.rotate_right(unit << bit), vector)
    return vector


def rotate_left(vector: Value, count: Value, *, unit: int) -> Value:
    """``vector`` with element i moved to ``(i + count) mod n``: the inverse of :func:`rotate_right`."""
    for bit in range(len(count)):
        vector = Mux(count[bit], vector.rotate_left(unit << bit), vector)
    return vector
