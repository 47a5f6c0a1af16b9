"""What may be the number format of a multiply-accumulate unit's operand or result."""

from amaranth.hdl import Shape, ShapeLike


def integer_shape(name: str, shape: ShapeLike) -> Shape:
    """``shape`` as an Amaranth ``Shape`` of at least one bit.

    Accepts what Amaranth understands as a plain integer format: ``signed(8)``, ``unsigned(4)``, ``8``,
    ``range(16)``. Raises ``TypeError`` for anything else and ``ValueError`` if it has no bits; ``name`` is the
    parameter that the message blames.
    """
    if isinstance(shape, bool) or not isinstance(shape, Shape | int | range):
        raise TypeError(f"{name} must be an integer shape, not {shape!r}")
    if isinstance(shape, int) and shape < 1:
        raise ValueError(f"{name} must have at least one bit, not {shape!r}")
    cast = Shape.cast(shape)
    if cast.width < 1:
        raise ValueError(f"{name} must have at least one bit, not {shape!r}")
    return cast
