"""Checks of the plain parameters of components: each returns the value, or says what it must be."""


def integer(name: str, value: int) -> int:
    """``value`` if it is an integer; otherwise raise ``TypeError``, which blames the parameter ``name``."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an integer, not {value!r}")
    return value


def positive_integer(name: str, value: int) -> int:
    """``value`` if it is an integer of at least 1; otherwise raise ``TypeError`` or ``ValueError``."""
    if integer(name, value) < 1:
        raise ValueError(f"{name} must be positive, not {value!r}")
    return value


def boolean(name: str, value: bool) -> bool:
    """``value`` if it is a bool; otherwise raise ``TypeError``."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be a bool, not {value!r}")
    return value
