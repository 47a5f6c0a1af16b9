"""The iCE40's loop, SB_PLL40_PAD."""

from collections.abc import Iterator
from typing import NamedTuple

from amaranth.build import Platform
from amaranth.hdl import Const, Instance, Module
from amaranth.lib import io, wiring
from amaranth.lib.wiring import Out

from celosia.fpga.pll.search import closest

INPUT_HZ = (10e6, 133e6)
VCO_HZ = (533e6, 1066e6)
LARGEST_MULTIPLIER = 127
#: Upper limits of the phase detector's frequency for the filter settings 1, 2, ...
FILTER_LIMITS_HZ = (17e6, 26e6, 44e6, 66e6, 101e6, 133e6)


class Settings(NamedTuple):
    """DIVR, DIVF, DIVQ and FILTER_RANGE of the loop with simple feedback."""

    divr: int
    divf: int
    divq: int
    filter_range: int


def settings(input_hz: float, output_hz: float) -> Settings:
    """Divisors for ``output_hz``; raises ``ConfigurationError`` if there are none."""
    return closest(_candidates(input_hz), input_hz=input_hz, output_hz=output_hz)


def _candidates(input_hz: float) -> Iterator[tuple[float, Settings]]:
    for divr in range(16):
        compared = input_hz / (divr + 1)
        if not INPUT_HZ[0] <= compared <= INPUT_HZ[1]:
            continue
        filter_range = 1 + next(i for i, limit in enumerate(FILTER_LIMITS_HZ) if compared <= limit)
        for divf in range(LARGEST_MULTIPLIER + 1):
            vco = compared * (divf + 1)
            if VCO_HZ[0] <= vco <= VCO_HZ[1]:
                for divq in range(1, 7):
                    yield vco / (1 << divq), Settings(divr, divf, divq, filter_range)


class Ice40Pll(wiring.Component):
    """Turns the clock on a pin into one of another frequency.

    The pin must be one that the loop takes its clock from directly, which boards with such a part have their
    crystal on: with a pin beside it, the loop could not be used at all.

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
        self._settings = settings(input_hz, output_hz)

    def elaborate(self, platform: Platform) -> Module:
        """Instantiate the loop, which has the pin's buffer in it."""
        m = Module()
        m.submodules.pll = Instance(
            "SB_PLL40_PAD",
            p_FEEDBACK_PATH="SIMPLE",
            p_DIVR=Const(self._settings.divr, 4),
            p_DIVF=Const(self._settings.divf, 7),
            p_DIVQ=Const(self._settings.divq, 3),
            p_FILTER_RANGE=Const(self._settings.filter_range, 3),
            i_PACKAGEPIN=self._pin.io,
            i_RESETB=Const(1),
            i_BYPASS=Const(0),
            o_PLLOUTGLOBAL=self.clock,
            o_LOCK=self.locked,
        )
        return m
