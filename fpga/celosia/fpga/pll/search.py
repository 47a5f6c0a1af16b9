"""What the search for a loop's divisors has in common, whatever the vendor."""

from collections.abc import Iterable
from typing import TypeVar

from celosia.rtl.config import ConfigurationError

#: A clock further from what was asked for than this share of it is refused.
TOLERANCE = 0.002

Settings = TypeVar("Settings")


def closest(candidates: Iterable[tuple[float, Settings]], *, input_hz: float, output_hz: float) -> Settings:
    """The first of the settings whose frequency is closest to ``output_hz``.

    ``candidates`` are frequencies with the settings that give them. Raises
    :class:`~celosia.rtl.config.ConfigurationError` if none comes within :data:`TOLERANCE`; the message names
    the closest frequency that can be made.
    """
    best_hz, best = min(candidates, key=lambda candidate: abs(candidate[0] - output_hz))
    if abs(best_hz - output_hz) > TOLERANCE * output_hz:
        raise ConfigurationError(
            f"clock_hz must be a frequency that the board's {input_hz / 1e6:g} MHz crystal and PLL can make:"
            f" the closest to {output_hz} is {round(best_hz)}"
        )
    return best
