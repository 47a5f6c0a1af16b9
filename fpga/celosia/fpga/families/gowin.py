"""Gowin GW1N and GW2A."""

from typing import Any

from amaranth.lib import io, wiring

from celosia.fpga.families.family import Family, Part, Step, find_part
from celosia.fpga.pll.gowin import GowinPll

PARTS = {
    "GW1NR-9C": Part("GW1NR-9C", luts=8640, multipliers=20, ram_blocks=26),
    "GW2A-18C": Part("GW2A-18C", luts=20736, multipliers=48, ram_blocks=46),
}
#: The parts whose tools do not name the memory that is packaged with them.
DATABASES = {"GW1NR-9C": "GW1N-9C"}
#: Widths that a block RAM of 18 Kbit can have, with the depth at that width.
SHAPES = ((36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384))

#: For each resource: the cells in nextpnr's report that use it.
RESOURCES = {
    "LUT": ("LUT4",),
    "register": ("DFF",),
    "multiplier 18x18": ("MULT18X18",),
    "multiplier 9x9": ("MULT9X9",),
    "block RAM": ("BSRAM",),
}


class Gowin(Family):
    """Gowin GW1N and GW2A: yosys, nextpnr-himbaechel, gowin_pack."""

    name = "Gowin"
    synthesis_command = "synth_gowin"
    tools = ("nextpnr-himbaechel-gowin", "gowin_pack")
    constraints = ".cst"
    bitstream = ".fs"
    resources = RESOURCES
    multiplier_bits = (18, 18)
    # Half of a block that is cut into two counts as a whole one, which is never too few.
    multiplier_cells = ("MULT18X18", "MULT9X9")

    def part(self, platform: Any) -> Part:
        """See :meth:`Family.part`."""
        return find_part(self, platform.family, PARTS)

    def pll(self, pin: io.PortLike, platform: Any, *, input_hz: float, output_hz: float) -> wiring.Component:
        """See :meth:`Family.pll`."""
        return GowinPll(pin, device=platform.family, input_hz=input_hz, output_hz=output_hz)

    def ram_blocks(self, width: int, depth: int, granularity: int) -> int:
        """See :meth:`Family.ram_blocks`."""
        if granularity != width:
            return (width // granularity) * self.ram_blocks(granularity, depth, granularity)
        return min(-(-width // columns) * -(-depth // rows) for columns, rows in SHAPES)

    def place_and_route(self, platform: Any, *, clock_hz: float, seed: int) -> Step:
        """See :meth:`Family.place_and_route`."""
        database = DATABASES.get(platform.family, platform.family)
        arguments = [
            f"--device={platform.part}",
            f"--vopt=family={database}",
            "--vopt=cst=top.cst",
            f"--freq={clock_hz / 1e6}",
            f"--seed={seed}",
            "--timing-allow-fail",
            "--json=top.json",
            "--write=top.routed",
            "--report=report.json",
        ]
        return Step("placing and routing", "nextpnr-himbaechel-gowin", arguments)

    def pack(self, platform: Any) -> Step:
        """See :meth:`Family.pack`."""
        database = DATABASES.get(platform.family, platform.family)
        return Step("packing the bitstream", "gowin_pack", ["-d", database, "-o", "top.fs", "top.routed"])


class LittleBee(Gowin):
    """Gowin GW1N, which has few logic cells for its block RAMs: no memory is made of cells."""

    synthesis_command = "synth_gowin -nolutram"
    every_memory_is_block_ram = True


GOWIN = Gowin()
LITTLE_BEE = LittleBee()
