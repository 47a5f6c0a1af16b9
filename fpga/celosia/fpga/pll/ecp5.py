"""The ECP5's loop, EHXPLLL."""

from collections.abc import Iterator
from typing import NamedTuple

from amaranth.build import Platform
from amaranth.hdl import Const, Instance, Module, Signal
from amaranth.lib import io

from celosia.fpga.pll.pll import Pll

VCO_HZ = (400e6, 800e6)
PHASE_DETECTOR_HZ = (10e6, 400e6)
LARGEST_DIVISOR = 128


class Settings(NamedTuple):
    """Divisors of EHXPLLL with its feedback taken from the output itself."""

    input_divisor: int
    feedback_divisor: int
    output_divisor: int


class Ecp5Pll(Pll[Settings]):
    """EHXPLLL."""

    @staticmethod
    def candidates(input_hz: float) -> Iterator[tuple[float, Settings]]:
        """Frequencies that the divisors give within the limits of the loop's oscillator."""
        middle = sum(VCO_HZ) / 2
        for input_divisor in range(1, LARGEST_DIVISOR + 1):
            compared = input_hz / input_divisor
            if not PHASE_DETECTOR_HZ[0] <= compared <= PHASE_DETECTOR_HZ[1]:
                continue
            for feedback_divisor in range(1, LARGEST_DIVISOR + 1):
                output_hz = compared * feedback_divisor
                output_divisor = round(middle / output_hz)
                vco = output_hz * output_divisor
                if 1 <= output_divisor <= LARGEST_DIVISOR and VCO_HZ[0] <= vco <= VCO_HZ[1]:
                    yield output_hz, Settings(input_divisor, feedback_divisor, output_divisor)

    def elaborate(self, platform: Platform) -> Module:
        """Instantiate the loop."""
        m = Module()
        m.submodules.buffer = buffer = io.Buffer("i", self._pin)
        reference = Signal()
        m.d.comb += reference.eq(buffer.i)
        divisors = self.settings
        # The loop filter's settings are those that Lattice's tools write, whatever the frequency.
        m.submodules.pll = Instance(
            "EHXPLLL",
            a_FREQUENCY_PIN_CLKI=f"{self.input_hz / 1e6:.6f}",
            a_FREQUENCY_PIN_CLKOP=f"{self.output_hz / 1e6:.6f}",
            a_ICP_CURRENT="12",
            a_LPF_RESISTOR="8",
            a_MFG_ENABLE_FILTEROPAMP="1",
            a_MFG_GMCREF_SEL="2",
            p_PLLRST_ENA="DISABLED",
            p_INTFB_WAKE="DISABLED",
            p_STDBY_ENABLE="DISABLED",
            p_DPHASE_SOURCE="DISABLED",
            p_OUTDIVIDER_MUXA="DIVA",
            p_CLKOP_ENABLE="ENABLED",
            p_CLKI_DIV=divisors.input_divisor,
            p_CLKFB_DIV=divisors.feedback_divisor,
            p_CLKOP_DIV=divisors.output_divisor,
            p_CLKOP_CPHASE=divisors.output_divisor - 1,
            p_CLKOP_FPHASE=0,
            p_FEEDBK_PATH="CLKOP",
            i_RST=Const(0),
            i_STDBY=Const(0),
            i_CLKI=reference,
            i_CLKFB=self.clock,
            i_PHASESEL0=Const(0),
            i_PHASESEL1=Const(0),
            i_PHASEDIR=Const(1),
            i_PHASESTEP=Const(1),
            i_PHASELOADREG=Const(1),
            i_PLLWAKESYNC=Const(0),
            i_ENCLKOP=Const(0),
            o_CLKOP=self.clock,
            o_LOCK=self.locked,
        )
        return m
