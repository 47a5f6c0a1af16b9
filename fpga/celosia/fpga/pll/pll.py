"""What all phase-locked loops have in common, whatever the vendor."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Generic, TypeVar

from amaranth.lib import io, wiring
from amaranth.lib.wiring import Out

from celosia.rtl.config import ConfigurationError

#: A clock further from what was asked for than this share of it is refused.
TOLERANCE = 0.002

Settings = TypeVar("Settings")


class Pll(wiring.Component, ABC, Generic[Settings]):
    """Turns the clock on a pin into one of another frequency.

    A vendor's loop says what it can make, and instantiates itself.

    Parameters
    ----------
    pin : io.PortLike
        The crystal's pin.
    input_hz, output_hz : float
        Its frequency, and the one to make.

    Members
    -------
    clock : Out(1)
        The new clock.
    locked : Out(1)
        It runs steadily; asynchronous.

    Raises
    ------
    ConfigurationError
        If the loop cannot make ``output_hz``.
    """

    clock: Out(1)
    locked: Out(1)

    def __init__(self, pin: io.PortLike, *, input_hz: float, output_hz: float) -> None:
        super().__init__()
        self._pin = pin
        self._input_hz = input_hz
        self._output_hz = output_hz
        self._settings = self.settings_for(input_hz, output_hz)

    @property
    def input_hz(self) -> float:
        """The crystal's frequency."""
        return self._input_hz

    @property
    def output_hz(self) -> float:
        """The frequency to make."""
        return self._output_hz

    @property
    def settings(self) -> Settings:
        """The loop's settings."""
        return self._settings

    @classmethod
    def settings_for(cls, input_hz: float, output_hz: float) -> Settings:
        """The first of the settings whose frequency is closest to ``output_hz``.

        Raises :class:`~celosia.rtl.config.ConfigurationError` if none comes within :data:`TOLERANCE`; the message
        names the closest frequency that can be made.
        """
        best_hz, best = min(cls.candidates(input_hz), key=lambda candidate: abs(candidate[0] - output_hz))
        if abs(best_hz - output_hz) > TOLERANCE * output_hz:
            raise ConfigurationError(
                f"clock_hz must be a frequency that the board's {input_hz / 1e6:g} MHz crystal and PLL can make:"
                f" the closest to {output_hz} is {round(best_hz)}"
            )
        return best

    @staticmethod
    @abstractmethod
    def candidates(input_hz: float) -> Iterator[tuple[float, Settings]]:
        """Frequencies that the loop can make, with the settings that give them."""
