"""Lattice iCE40 UltraPlus."""

from typing import Any

from amaranth.lib import io, wiring

from celosia.fpga.families.family import Family, Part, Step, find_part
from celosia.fpga.pll.ice40 import Ice40Pll

PARTS = {"iCE40UP5K": Part("iCE40UP5K", luts=5280, multipliers=8, ram_blocks=30, single_port_rams=4)}
#: Widths that a block RAM of 4 Kbit can have, with the depth at that width.
SHAPES = ((16, 256), (8, 512), (4, 1024), (2, 2048))
#: Width and depth of a RAM block with a single port.
SINGLE_PORT_SHAPE = (16, 16384)

#: For each resource: the cells in nextpnr's report that use it.
RESOURCES = {
    "LUT": ("ICESTORM_LC",),
    "multiplier": ("ICESTORM_DSP",),
    "block RAM": ("ICESTORM_RAM",),
    "single-port RAM": ("ICESTORM_SPRAM",),
}

#: Cells with a register, before they become those of the family.
REGISTERS = "$dff,$dffe,$sdff,$sdffe,$sdffce"

#: What ``synth_ice40 -dsp`` does, but for the registers that may go into a block. It would put a register between two
#: blocks into both, as the one's output and as the other's input or addend, and then leave the first one out: the sum
#: of two registered products lacks one. Here a register goes into a block if it is either the result or an operand of
#: one, not both; sums stay outside.
MULTIPLICATIONS = (
    "opt_expr",
    "opt_clean",
    "opt",
    "wreduce",
    "peepopt",
    "opt_clean",
    # What a memory reads goes into its block's own register, not into that of a multiplier behind it.
    "memory_dff",
    "techmap -map +/mul2dsp.v -map +/ice40/dsp_map.v -D DSP_A_MAXWIDTH=16 -D DSP_B_MAXWIDTH=16"
    " -D DSP_A_MINWIDTH=2 -D DSP_B_MINWIDTH=2 -D DSP_Y_MINWIDTH=11 -D DSP_NAME=$__MUL16X16",
    "chtype -set $mul t:$__soft_mul",
    "setattr -unset mul2dsp a:mul2dsp",
    "opt_expr -fine",
    "opt_clean",
    f"select -set results t:SB_MAC16 %co2:+SB_MAC16[O]:+{REGISTERS}[D] t:$*dff* %i",
    f"select -set operands t:SB_MAC16 %ci2:+SB_MAC16[A,B]:+{REGISTERS}[Q] t:$*dff* %i",
    "ice40_dsp t:SB_MAC16 @results %u @operands %u @results @operands %i %d",
)


class Ice40(Family):
    """Lattice iCE40 UltraPlus: yosys, nextpnr-ice40, icepack."""

    name = "iCE40"
    synthesis_command = "synth_ice40 -device u"
    tools = ("nextpnr-ice40", "icepack")
    constraints = ".pcf"
    bitstream = ".bin"
    resources = RESOURCES
    multiplier_bits = (16, 16)
    multiplier_cells = ("SB_MAC16",)
    # Each would become one multiplier of 16 x 16 bits without registers, whatever it was.
    protected_cells = ("SB_MAC16",)
    multiplication_commands = MULTIPLICATIONS
    every_memory_is_block_ram = True
    has_single_port_ram = True

    def part(self, platform: Any) -> Part:
        """See :meth:`Family.part`."""
        return find_part(self, platform.device, PARTS)

    def pll(self, pin: io.PortLike, platform: Any, *, input_hz: float, output_hz: float) -> wiring.Component:
        """See :meth:`Family.pll`."""
        return Ice40Pll(pin, input_hz=input_hz, output_hz=output_hz)

    def ram_blocks(self, width: int, depth: int, granularity: int) -> int:
        """See :meth:`Family.ram_blocks`."""
        return min(-(-width // columns) * -(-depth // rows) for columns, rows in SHAPES)

    def single_port_rams(self, width: int, depth: int) -> int:
        """See :meth:`Family.single_port_rams`."""
        return -(-width // SINGLE_PORT_SHAPE[0]) * -(-depth // SINGLE_PORT_SHAPE[1])

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
