"""Lattice iCE40 UltraPlus."""

from typing import Any

from amaranth.lib import io, wiring

from celosia.fpga.families.family import Family, Part, Step
from celosia.fpga.pll.ice40 import Ice40Pll

PARTS = {"iCE40UP5K": Part("iCE40UP5K", luts=5280, multipliers=8, ram_blocks=30)}
#: Widths that a block RAM of 4 Kbit can have, with the depth at that width.
SHAPES = ((16, 256), (8, 512), (4, 1024), (2, 2048))

#: For each resource: the cells in nextpnr's report that use it.
RESOURCES = {
    "LUT": ("ICESTORM_LC",),
    "multiplier": ("ICESTORM_DSP",),
    "block RAM": ("ICESTORM_RAM",),
    "single-port RAM": ("ICESTORM_SPRAM",),
}


class Ice40(Family):
    """Lattice iCE40 UltraPlus: yosys, nextpnr-ice40, icepack."""

    name = "iCE40"
    synthesis_command = "synth_ice40 -device u -dsp"
    tools = ("nextpnr-ice40", "icepack")
    constraints = ".pcf"
    bitstream = ".bin"
    resources = RESOURCES
    multiplier_bits = (16, 16)
    multiplier_cells = ("SB_MAC16",)
    # Each would become one multiplier of 16 x 16 bits without registers, whatever it was.
    protected_cells = ("SB_MAC16",)

    def part(self, platform: Any) -> Part:
        """See :meth:`Family.part`."""
        return PARTS[platform.device]

    def pll(self, pin: io.PortLike, platform: Any, *, input_hz: float, output_hz: float) -> wiring.Component:
        """See :meth:`Family.pll`."""
        return Ice40Pll(pin, input_hz=input_hz, output_hz=output_hz)

    def ram_blocks(self, width: int, depth: int, granularity: int) -> int:
        """See :meth:`Family.ram_blocks`."""
        return min(-(-width // columns) * -(-depth // rows) for columns, rows in SHAPES)

    def place_and_route(self, platform: Any, *, clock_hz: float, seed: int) -> Step:
        """See :meth:`Family.place_and_route`."""
        arguments = [
            "--up5k",
            f"--package={platform.package.lower()}",
            f"--freq={clock_hz / 1e6}",
            f"--seed={seed}",
            "--timing-allow-fail",
            "--json=top.json",
            "--pcf=top.pcf",
            "--asc=top.routed",
            "--report=report.json",
        ]
        return Step("placing and routing", "nextpnr-ice40", arguments)

    def pack(self, platform: Any) -> Step:
        """See :meth:`Family.pack`."""
        return Step("packing the bitstream", "icepack", ["top.routed", "top.bin"])


ICE40 = Ice40()
