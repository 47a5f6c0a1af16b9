"""What the build needs to know of an FPGA family."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from amaranth.lib import io, wiring

from celosia.fpga.multipliers import MULTIPLICATION_FILE, SOFT
from celosia.rtl.config import ConfigurationError

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """One FPGA: what a design may use of it.

    Attributes
    ----------
    name
        As its vendor writes it.
    luts, multipliers, ram_blocks
        How many it has of each.
    single_port_rams
        Its RAM blocks with a single port; with none, memories of that kind go into the others.
    """

    name: str
    luts: int
    multipliers: int
    ram_blocks: int
    single_port_rams: int = 0


@dataclass(frozen=True)
class Step:
    """One run of a tool in the build's folder.

    Attributes
    ----------
    title
        What it does, for the progress display.
    tool
        Key of :data:`~celosia.fpga.tools.PROGRAMS`.
    arguments
        Its command line; files are named relative to the folder.
    """

    title: str
    tool: str
    arguments: Sequence[str]


def find_part(family: "Family", name: str, parts: Mapping[str, T]) -> T:
    """What is known of one of a family's parts; ``ConfigurationError`` says which ones there are."""
    if name not in parts:
        raise ConfigurationError(
            f"the board's FPGA must be one of {', '.join(parts)} for the family {family.name}, not {name!r}"
        )
    return parts[name]


class Family(ABC):
    """An FPGA family; one object for each is in the files beside this one.

    All file names are fixed: ``top.il`` and ``ram.v`` become ``top.json``, that and the constraints become
    ``top.routed`` and ``report.json``, and that the bitstream. Where it pays, placing and routing are steps of their
    own, with ``placed.json`` between them.
    """

    #: Name for messages and tables.
    name: str
    #: The synthesis command and the options that say which part it is for.
    synthesis_command: str
    #: Tools that the steps after synthesis run.
    tools: Sequence[str]
    #: Suffix of the file of pin constraints that Amaranth's platform writes.
    constraints: str
    #: Suffix of the bitstream.
    bitstream: str
    #: For each resource: the cell types in the place-and-route tool's report that use it.
    resources: Mapping[str, Sequence[str]]
    #: Bits of a multiplier block's operands.
    multiplier_bits: tuple[int, int]
    #: Cells by which a design can instantiate multiplier blocks itself.
    multiplier_cells: Sequence[str]

    #: Share of the multiplier blocks that designs may fill; what is more becomes logic.
    multiplier_share = 1.0

    #: Whether even the smallest memories are block RAM: where cells are scarcer.
    every_memory_is_block_ram = False
    #: Words, and bits of each, up to which memories that can be written are logic cells, whatever yosys would choose.
    logic_memory: tuple[int, int] = (0, 0)

    #: Whether memories with a single port go into blocks of their own kind, which yosys only takes if told to.
    has_single_port_ram = False

    #: Cells of which yosys, looking for what it could make of them, would change those that a design instantiates.
    protected_cells: Sequence[str] = ()

    #: Commands that put multiplications into blocks, of a family whose own ones cannot be relied upon.
    multiplication_commands: Sequence[str] = ()

    @abstractmethod
    def part(self, platform: Any) -> Part:
        """The part on an Amaranth platform's board; raises ``ConfigurationError`` if it is none of those known."""

    @abstractmethod
    def pll(self, pin: io.PortLike, platform: Any, *, input_hz: float, output_hz: float) -> wiring.Component:
        """A loop with outputs ``clock`` and ``locked`` fed from a pin."""

    @abstractmethod
    def ram_blocks(self, width: int, depth: int, granularity: int) -> int:
        """Blocks that a memory takes at least."""

    def single_port_rams(self, width: int, depth: int) -> int:
        """Blocks with a single port that a memory takes: none where the family has none."""
        return 0

    def synthesis(self) -> Sequence[str]:
        """The synthesis commands, which turn the module ``top`` into ``top.json``."""
        # What has to be logic must not be known as a multiplication while blocks are filled, nor as sums while those
        # are merged.
        return (
            f"{self.synthesis_command} -top top -run :coarse",
            f"chtype -set $__celosia_multiplication t:$mul a:{SOFT} %i",
            *(f"chtype -set $__celosia_{cell} t:{cell}" for cell in self.protected_cells),
            *self.multiplication_commands,
            f"{self.synthesis_command} -top top -run coarse:map_ram",
            *(f"chtype -set {cell} t:$__celosia_{cell}" for cell in self.protected_cells),
            f"techmap -autoproc -map {MULTIPLICATION_FILE}",
            *(
                [f'setattr -set ram_style "distributed" {self._logic_memories}']
                if self.logic_memory[0]
                else []
            ),
            # Tables of constants, which nothing writes, are logic.
            *(
                ['setattr -set ram_style "block" t:$mem_v2 r:WR_PORTS>0 %i']
                if self.every_memory_is_block_ram
                else []
            ),
            *(
                ['setattr -set ram_style "huge" t:$mem_v2 a:celosia_single_port %i']
                if self.has_single_port_ram
                else []
            ),
            "opt",
            f"{self.synthesis_command} -top top -json top.json -run map_ram:",
        )

    def finish(self, netlist: dict[str, Any]) -> int:
        """Change the module ``top``, as synthesis wrote it in JSON, before it is placed; how many cells are gone."""
        return 0

    @property
    def _logic_memories(self) -> str:
        words, bits = self.logic_memory
        return f"t:$mem_v2 r:WR_PORTS>=1 %i r:SIZE<={words} %i r:WIDTH<={bits} %i"

    @abstractmethod
    def place_and_route(self, platform: Any, *, clock_hz: float, seed: int) -> Step:
        """From ``top.json`` to ``top.routed`` and ``report.json``; a missed clock must not fail the step."""

    def place_then_route(self, platform: Any, *, clock_hz: float, seed: int) -> tuple[Step, Step] | None:
        """The same in two steps, of which the first writes ``placed.json``.

        None for parts that are placed and routed so fast that nothing would be gained.
        """
        return None

    def refine(self, placed: dict[str, Any]) -> int:
        """Change the module ``top``, as the first of two steps placed it in JSON; how many cells have moved."""
        return 0

    @abstractmethod
    def pack(self, platform: Any) -> Step:
        """From ``top.routed`` to the bitstream."""
