"""Gowin's loop, rPLL."""

from collections.abc import Iterator
from typing import NamedTuple

from amaranth.build import Platform
from amaranth.hdl import Const, Instance, Module
from amaranth.lib import io

from celosia.fpga.pll.pll import Pll

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


class GowinPll(Pll[Settings]):
    """rPLL.

    Parameters
    ----------
    pin : io.PortLike
        The crystal's pin.
    device : str
        The part as the primitive names it, such as ``GW1NR-9C``.
    input_hz, output_hz : float
        The crystal's frequency, and the one to make.
    """

    def __init__(self, pin: io.PortLike, *, device: str, input_hz: float, output_hz: float) -> None:
        super().__init__(pin, input_hz=input_hz, output_hz=output_hz)
        self._device = device

    @property
    def device(self) -> str:
        """The part as the primitive names it."""
        return self._device

    @staticmethod
    def candidates(input_hz: float) -> Iterator[tuple[float, Settings]]:
        """Frequencies that the divisors give within the limits of the loop's oscillator."""
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

    def elaborate(self, platform: Platform) -> Module:
        """Instantiate the loop."""
        m = Module()
        m.submodules.buffer = buffer = io.Buffer("i", self._pin)
        m.submodules.pll = Instance(
            "rPLL",
            p_DEVICE=self.device,
            p_FCLKIN=f"{self.input_hz / 1e6:g}",
            p_IDIV_SEL=self.settings.input_divisor - 1,
            p_FBDIV_SEL=self.settings.feedback_divisor - 1,
            p_ODIV_SEL=self.settings.output_divisor,
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
