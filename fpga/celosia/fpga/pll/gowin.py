"""Gowin's loop, rPLL."""

from collections.abc import Iterator
from typing import NamedTuple

from amaranth.build import Platform
from amaranth.hdl import Const, Instance, Module
from amaranth.lib import io, wiring
from amaranth.lib.wiring import Out

from celosia.fpga.pll.search import closest

#: What both supported parts can do: GW1NR-9 in grade C6/I5 from 400 to 1200 MHz, GW2A-18 from 500 to 1250 MHz.
VCO_HZ = (500e6, 1200e6)
PHASE_DETECTOR_HZ = (3e6, 400e6)
OUTPUT_DIVISORS = (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128)
LARGEST_DIVISOR = 64


class Settings(NamedTuple):
    """Divisors of rPLL with its feedback taken from the output itself."""

    input_divisor: int
    feedback_divisor: int
    output_divisor: int


def settings(input_hz: float, output_hz: float) -> Settings:
    """Divisors for ``output_hz``; raises ``ConfigurationError`` if there are none."""
    return closest(_candidates(input_hz), input_hz=input_hz, output_hz=output_hz)


def _candidates(input_hz: float) -> Iterator[tuple[float, Settings]]:
    for input_divisor in range(1, LARGEST_DIVISOR + 1):
        compared = input_hz / input_divisor
        if not PHASE_DETECTOR_HZ[0] <= compared <= PHASE_DETECTOR_HZ[1]:
            continue
        for feedback_divisor in range(1, LARGEST_DIVISOR + 1):
            output_hz = compared * feedback_divisor
            for output_divisor in OUTPUT_DIVISORS:
                if VCO_HZ[0] <= output_hz * output_divisor <= VCO_HZ[1]:
                    yield output_hz, Settings(input_divisor, feedback_divisor, output_divisor)
                    break


class GowinPll(wiring.Component):
    """Turns the clock on a pin into one of another frequency.

    Parameters
    ----------
    pin : io.PortLike
        The crystal's pin.
    device : str
        The part as the primitive names it, such as ``GW1NR-9C``.
    input_hz, output_hz : float
        The crystal's frequency, and the one to make.

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

    def __init__(self, pin: io.PortLike, *, device: str, input_hz: float, output_hz: float) -> None:
        super().__init__()
        self._pin = pin
        self._device = device
        self._input_hz = input_hz
        self._settings = settings(input_hz, output_hz)

    def elaborate(self, platform: Platform) -> Module:
        """Instantiate the loop."""
        m = Module()
        m.submodules.buffer = buffer = io.Buffer("i", self._pin)
        m.submodules.pll = Instance(
            "rPLL",
            p_DEVICE=self._device,
            p_FCLKIN=f"{self._input_hz / 1e6:g}",
            p_IDIV_SEL=self._settings.input_divisor - 1,
            p_FBDIV_SEL=self._settings.feedback_divisor - 1,
            p_ODIV_SEL=self._settings.output_divisor,
            p_DYN_IDIV_SEL="false",
            p_DYN_FBDIV_SEL="false",
            p_DYN_ODIV_SEL="false",
            p_DYN_DA_EN="false",
            p_DUTYDA_SEL="1000",
            p_PSDA_SEL="0000",
            p_CLKFB_SEL="internal",
            p_CLKOUT_BYPASS="false",
            p_CLKOUTP_BYPASS="false",
            p_CLKOUTD_BYPASS="false",
            p_DYN_SDIV_SEL=2,
            i_CLKIN=buffer.i,
            i_CLKFB=Const(0),
            i_RESET=Const(0),
            i_RESET_P=Const(0),
            i_FBDSEL=Const(0, 6),
            i_IDSEL=Const(0, 6),
            i_ODSEL=Const(0, 6),
            i_PSDA=Const(0, 4),
            i_DUTYDA=Const(0, 4),
            i_FDLY=Const(0, 4),
            o_CLKOUT=self.clock,
            o_LOCK=self.locked,
        )
        return m
