"""The ECP5's loop, EHXPLLL."""

from collections.abc import Iterator
from math import ceil, floor
from typing import NamedTuple

from amaranth.build import Platform
from amaranth.hdl import Const, Instance, Module, Signal
from amaranth.lib import io

from celosia.fpga.pll.pll import Pll

VCO_HZ = (400e6, 800e6)
PHASE_DETECTOR_HZ = (10e6, 400e6)
LARGEST_DIVISOR = 128
#: Well below what the outputs can do; a clock network carries it.
FASTEST_FEEDBACK_HZ = 200e6


class Settings(NamedTuple):
    """Divisors of EHXPLLL: those of its input, of the feedback, of the output that feeds back, and of the clock."""

    input_divisor: int
    feedback_divisor: int
    primary_divisor: int
    output_divisor: int


class Ecp5Pll(Pll[Settings]):
    """EHXPLLL: its first output feeds back, the clock is the second one, which has a divisor of its own."""

    @staticmethod
    def candidates(input_hz: float) -> Iterator[tuple[float, Settings]]:
        """Frequencies that the divisors give within the limits of the loop's oscillator."""
        for input_divisor in range(1, LARGEST_DIVISOR + 1):
            compared = input_hz / input_divisor
            if not PHASE_DETECTOR_HZ[0] <= compared <= PHASE_DETECTOR_HZ[1]:
                continue
            for multiplier in range(ceil(VCO_HZ[0] / compared), floor(VCO_HZ[1] / compared) + 1):
                vco = compared * multiplier
                primary = next(
                    divisor
                    for divisor in range(1, multiplier + 1)
                    if multiplier % divisor == 0 and vco / divisor <= max(FASTEST_FEEDBACK_HZ, compared)
                )
                for output in range(2, LARGEST_DIVISOR + 1):
                    yield vco / output, Settings(input_divisor, multiplier // primary, primary, output)

    def elaborate(self, platform: Platform) -> Module:
        """Instantiate the loop."""
        m = Module()
        m.submodules.buffer = buffer = io.Buffer("i", self._pin)
        reference = Signal()
        m.d.comb += reference.eq(buffer.i)
        divisors = self.settings
        feedback = Signal()
        fed_back_hz = self.input_hz / divisors.input_divisor * divisors.feedback_divisor
        # The loop filter's settings are those that Lattice's tools write, whatever the frequency.
        m.submodules.pll = Instance(
            "EHXPLLL",
            a_FREQUENCY_PIN_CLKI=f"{self.input_hz / 1e6:.6f}",
            a_FREQUENCY_PIN_CLKOP=f"{fed_back_hz / 1e6:.6f}",
            a_FREQUENCY_PIN_CLKOS=f"{self.output_hz / 1e6:.6f}",
            a_ICP_CURRENT="12",
            a_LPF_RESISTOR="8",
            a_MFG_ENABLE_FILTEROPAMP="1",
            a_MFG_GMCREF_SEL="2",
            p_PLLRST_ENA="DISABLED",
            p_INTFB_WAKE="DISABLED",
            p_STDBY_ENABLE="DISABLED",
            p_DPHASE_SOURCE="DISABLED",
            p_OUTDIVIDER_MUXA="DIVA",
            p_OUTDIVIDER_MUXB="DIVB",
            p_CLKOP_ENABLE="ENABLED",
            p_CLKOS_ENABLE="ENABLED",
            p_CLKI_DIV=divisors.input_divisor,
            p_CLKFB_DIV=divisors.feedback_divisor,
            p_CLKOP_DIV=divisors.primary_divisor,
            p_CLKOP_CPHASE=divisors.primary_divisor - 1,
            p_CLKOP_FPHASE=0,
            p_CLKOS_DIV=divisors.output_divisor,
            p_CLKOS_CPHASE=divisors.output_divisor - 1,
            p_CLKOS_FPHASE=0,
            p_FEEDBK_PATH="CLKOP",
            i_RST=Const(0),
            i_STDBY=Const(0),
            i_CLKI=reference,
            i_CLKFB=feedback,
            i_PHASESEL0=Const(0),
            i_PHASESEL1=Const(0),
            i_PHASEDIR=Const(1),
            i_PHASESTEP=Const(1),
            i_PHASELOADREG=Const(1),
            i_PLLWAKESYNC=Const(0),
            i_ENCLKOP=Const(0),
            i_ENCLKOS=Const(0),
            o_CLKOP=feedback,
            o_CLKOS=self.clock,
            o_LOCK=self.locked,
        )
        return m
