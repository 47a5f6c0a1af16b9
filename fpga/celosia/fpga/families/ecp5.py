"""Lattice ECP5."""

from collections.abc import Sequence
from typing import Any

from amaranth.lib import io, wiring

from celosia.fpga.block_exchange import exchange_blocks
from celosia.fpga.block_product import BLOCK_PRODUCT_FILE
from celosia.fpga.families.family import Family, Part, Step, find_part
from celosia.fpga.pll.ecp5 import Ecp5Pll
from celosia.fpga.ram_registers import absorb_registers

#: By the size in the part's name. A 12F is a 25F that is sold as a smaller one; the tools use all of it.
SIZES = {
    "12F": (24_288, 28, 56),
    "25F": (24_288, 28, 56),
    "45F": (43_848, 72, 108),
    "85F": (83_640, 156, 208),
}
#: What nextpnr calls the packages, by the first letters of Lattice's names.
PACKAGES = {"BG": "CABGA", "MG": "CSFBGA", "TG": "TQFP"}
#: Where nextpnr's own choice of a placer, "heap", leaves longer wires, so that routing takes several times as long. On
#: the smaller parts, both are alike. Placements of these parts differ by a fifth, and are routed for up to a quarter of
#: an hour: so two are made and routed at once.
PLACERS = {"85F": "static"}
#: Widths that a block RAM of 18 Kbit can have, with the depth at that width.
SHAPES = ((36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384))
#: Widest shape in which every byte has its own write enable.
BYTES_PER_BLOCK = 2
#: Memories of up to this many bits are made of logic cells.
SMALLEST_BLOCK_BITS = 2048

#: The cell that is a multiplier block.
MULTIPLIER = "MULT18X18D"
#: For each resource: the cells in nextpnr's report that use it.
RESOURCES = {
    "LUT": ("TRELLIS_COMB",),
    "register": ("TRELLIS_FF",),
    "multiplier": (MULTIPLIER,),
    "block RAM": ("DP16KD",),
}


class Ecp5(Family):
    """Lattice ECP5: yosys, nextpnr-ecp5, ecppack."""

    name = "ECP5"
    synthesis_command = "synth_lattice -family ecp5"
    tools = ("nextpnr-ecp5", "ecppack")
    constraints = ".lpf"
    bitstream = ".bit"
    resources = RESOURCES
    multiplier_bits = (18, 18)
    multiplier_cells = (MULTIPLIER,)
    # Blocks lie in a few rows across the whole chip: the last ones that are free are far from where they are wanted.
    # A 16x16 array with 152 of an 85F's 156 could not be routed, with 124 it can.
    multiplier_share = 0.8
    # A table of VECTOR, which yosys would put into a block, is chosen from in the cycle in which it is read.
    logic_memory = (64, 32)

    def synthesis(self) -> Sequence[str]:
        """See :meth:`Family.synthesis`."""
        return (f"read_verilog {BLOCK_PRODUCT_FILE}", *super().synthesis())

    def finish(self, netlist: dict[str, Any]) -> int:
        """See :meth:`Family.finish`."""
        return absorb_registers(netlist)

    def part(self, platform: Any) -> Part:
        """See :meth:`Family.part`."""
        luts, multipliers, ram_blocks = find_part(self, self._size(platform), SIZES)
        return Part(platform.device, luts, multipliers, ram_blocks)

    def pll(self, pin: io.PortLike, platform: Any, *, input_hz: float, output_hz: float) -> wiring.Component:
        """See :meth:`Family.pll`."""
        return Ecp5Pll(pin, input_hz=input_hz, output_hz=output_hz)

    def ram_blocks(self, width: int, depth: int, granularity: int) -> int:
        """See :meth:`Family.ram_blocks`."""
        if width * depth <= SMALLEST_BLOCK_BITS:
            return 0
        if granularity != width:
            return min(-(-width // columns) * -(-depth // rows) for columns, rows in ((16, 1024), (8, 2048)))
        return min(-(-width // columns) * -(-depth // rows) for columns, rows in SHAPES)

    def place_and_route(self, platform: Any, *, clock_hz: float, seed: int) -> Step:
        """See :meth:`Family.place_and_route`."""
        arguments = [*self._options(platform, clock_hz, seed), "--json=top.json", "--textcfg=top.routed"]
        return Step("placing and routing", "nextpnr-ecp5", arguments)

    def place_then_route(self, platform: Any, *, clock_hz: float, seed: int) -> tuple[Step, Step] | None:
        """See :meth:`Family.place_then_route`."""
        if self._size(platform) not in PLACERS:
            return None
        options = self._options(platform, clock_hz, seed)
        placing = [*options, "--json=top.json", "--no-route", "--write=placed.json"]
        routing = [*options, "--json=placed.json", "--no-pack", "--no-place", "--textcfg=top.routed"]
        return Step("placing", "nextpnr-ecp5", placing), Step("routing", "nextpnr-ecp5", routing)

    def refine(self, placed: dict[str, Any]) -> int:
        """See :meth:`Family.refine`."""
        return exchange_blocks(placed, MULTIPLIER)

    def _size(self, platform: Any) -> str:
        return str(platform.device.rpartition("-")[2])

    def _options(self, platform: Any, clock_hz: float, seed: int) -> Sequence[str]:
        size = self._size(platform)
        variant = {"LFE5U": "", "LFE5UM": "um-", "LFE5UM5G": "um5g-"}[platform.device.partition("-")[0]]
        package = PACKAGES[platform.package[:2]] + platform.package[2:]
        return (
            f"--{variant}{size.removesuffix('F')}k",
            f"--package={package}",
            f"--speed={platform.speed}",
            f"--freq={clock_hz / 1e6}",
            f"--seed={seed}",
            *([f"--placer={PLACERS[size]}"] if size in PLACERS else []),
            "--timing-allow-fail",
            "--lpf=top.lpf",
            "--report=report.json",
        )

    def pack(self, platform: Any) -> Step:
        """See :meth:`Family.pack`."""
        arguments = ["--compress", "--input", "top.routed", "--bit", "top.bit"]
        return Step("packing the bitstream", "ecppack", arguments)


ECP5 = Ecp5()
