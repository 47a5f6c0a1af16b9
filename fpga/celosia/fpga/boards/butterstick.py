"""ButterStick r1.0, whose connectors have adjustable supplies that the FPGA must switch on."""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Module, Signal
from amaranth.lib import io, wiring

from celosia.fpga.board import Board, Pin
from celosia.fpga.boards.sizes import ECP5_85F
from celosia.fpga.families.ecp5 import ECP5

#: The supplies' regulators keep their feedback pin at this voltage.
FEEDBACK_VOLTS = 0.6
#: From the FPGA's averaged output, from the supply, and from ground to the feedback pin.
CONTROL_OHMS, SUPPLY_OHMS, GROUND_OHMS = 68_000, 53_600, 13_000
OUTPUT_VOLTS = 3.3
SUPPLY_VOLTS = 3.3
#: Cycles of the crystal's or a faster clock's pulses to average over, and until the average is steady.
PULSE_BITS = 10
SETTLING_BITS = 22


def pulse_share(supply_volts: float) -> float:
    """Share of the time that the control pin must be high for a supply of so many volts.

    The currents into the feedback pin add up to zero.
    """
    into_ground = FEEDBACK_VOLTS / GROUND_OHMS
    from_supply = (supply_volts - FEEDBACK_VOLTS) / SUPPLY_OHMS
    return (FEEDBACK_VOLTS + (into_ground - from_supply) * CONTROL_OHMS) / OUTPUT_VOLTS


class Supplies(wiring.Component):
    """Switches the connectors' supplies on, at 3.3 V, and chooses green for the LEDs."""

    def __init__(self) -> None:
        super().__init__({})

    def elaborate(self, platform: Any) -> Module:
        """Make pulses whose average sets the voltages; enable the regulators once it is steady."""
        m = Module()
        control = platform.request("vccio_ctrl", dir="-")
        m.submodules.pulses = pulses = io.Buffer("o", control.pdm)
        m.submodules.enable = enable = io.Buffer("o", control.en)
        m.submodules.colour = colour = io.Buffer("o", platform.request("led_colour", dir="-"))
        phase = Signal(PULSE_BITS)
        pulse = Signal()
        m.d.sync += [
            phase.eq(phase + 1),
            pulse.eq(phase < round(pulse_share(SUPPLY_VOLTS) * (1 << PULSE_BITS))),
        ]
        waited = Signal(SETTLING_BITS)
        steady = Signal()
        with m.If(waited.all()):
            m.d.sync += steady.eq(1)
        with m.Else():
            m.d.sync += waited.eq(waited + 1)
        m.d.comb += [pulses.o.eq(pulse.replicate(len(pulses.o))), enable.o.eq(steady), colour.o.eq(1)]
        return m


def _resources(platform: Any) -> Sequence[Any]:
    from amaranth.build import Attrs, Pins, Resource
    from amaranth_boards.resources import LEDResources, UARTResource

    attributes = Attrs(IO_TYPE="LVCMOS33")
    return [
        UARTResource(0, rx="S0", tx="S1", conn=("syzygy", 0), attrs=attributes),
        *LEDResources(pins="C13 D12 U2 T3", attrs=attributes),
        Resource("led_colour", 0, Pins("U1", dir="o"), attributes),
    ]


BOARDS = (
    Board(
        name="butterstick",
        title="ButterStick r1.0, LFE5UM5G-85F",
        platform="amaranth_boards.butterstick:ButterStickPlatform",
        family=ECP5,
        config={**ECP5_85F, "clock_hz": 100_000_000},
        leds=[Pin("led", number) for number in range(4)],
        # Its USB bootloader is a DFU device.
        loader=("--dfu", "--vid", "0x1209", "--pid", "0x5af1", "--altsetting", "0"),
        resources=_resources,
        companion=Supplies,
        serial_note="an adapter of 3.3 V on SYZYGY port 0, RX on S0 and TX on S1",
    ),
)
