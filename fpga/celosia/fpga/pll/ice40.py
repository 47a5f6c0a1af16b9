"""The iCE40's loop, SB_PLL40_PAD."""

from collections.abc import Iterator
from typing import NamedTuple

from amaranth.build import Platform
from amaranth.hdl import Const, Instance, Module

from celosia.fpga.pll.pll import Pll

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


class Ice40Pll(Pll[Settings]):
    """SB_PLL40_PAD.

    The pin must be one that the loop takes its clock from directly, which boards with such a part have their
    crystal on: with a pin beside it, the loop could not be used at all.
    """

    @staticmethod
    def candidates(input_hz: float) -> Iterator[tuple[float, Settings]]:
        """Frequencies that the divisors give within the limits of the loop's oscillator."""
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

    def elaborate(self, platform: Platform) -> Module:
        """Instantiate the loop, which has the pin's buffer in it."""
        m = Module()
        m.submodules.pll = Instance(
            "SB_PLL40_PAD",
            p_FEEDBACK_PATH="SIMPLE",
            p_DIVR=Const(self.settings.divr, 4),
            p_DIVF=Const(self.settings.divf, 7),
            p_DIVQ=Const(self.settings.divq, 3),
            p_FILTER_RANGE=Const(self.settings.filter_range, 3),
            i_PACKAGEPIN=self._pin.io,
            i_RESETB=Const(1),
            i_BYPASS=Const(0),
            o_PLLOUTGLOBAL=self.clock,
            o_LOCK=self.locked,
        )
        return m
