"""The one RAM that all large memories are made of."""

from importlib import resources

from amaranth.hdl import ClockSignal, Instance, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.parameter import boolean, positive_integer

#: Text of the Verilog module ``celosia_ram``; whoever emits a design that instantiates it appends this.
RAM_VERILOG = resources.files("celosia.rtl.memory").joinpath("ram.v").read_text(encoding="utf-8")


def address_bits(depth: int) -> int:
    """Bits of an address below ``depth``; at least 1, because a port cannot be empty."""
    return max(1, (depth - 1).bit_length())


class Ram(wiring.Component):
    """A memory with one read and one write port; a read sees the writes of earlier cycles.

    An instance of the hand-written Verilog module in :data:`RAM_VERILOG`, which synthesis tools map to block
    RAM. ``amaranth.lib.memory`` describes the same thing, but its netlist holds every initial word: 131,072
    words take 13 s to convert. Amaranth's own simulator cannot run an ``Instance``; use a Verilog simulator,
    in which the memory starts out as zeros.

    Parameters
    ----------
    width : int
        Bits of a word.
    depth : int
        Words; any positive number.
    granularity : int
        Bits that one write enable governs; must divide ``width``. All of them unless given.
    reads_old : bool
        Whether a read of the word that is being written gives the old one; otherwise the parts that are being
        written read as anything, which takes less logic on most FPGAs.
    contents : str
        Name of a file with the words that the memory holds from the start, one a line, in hexadecimal, which
        whoever simulates or synthesises the design has to provide; "" for none.

    Members
    -------
    read_address : In(address bits)
        Word to read. Beyond ``depth``, anything is returned.
    read_enable : In(1)
        Read in this cycle.
    read_data : Out(width)
        The word, 1 cycle after ``read_enable``; holds until the next read.
    write_address : In(address bits)
        Word to write. Beyond ``depth``, the write is ignored.
    write_data : In(width)
        New contents.
    write_enable : In(width // granularity)
        Which parts of the word to write, the lowest bits first.

    Raises
    ------
    TypeError
        If a size is not an integer, ``reads_old`` not a bool, or ``contents`` not a string.
    ValueError
        If a size is not positive, or ``granularity`` does not divide ``width``.
    """

    #: Cycles from ``read_enable`` to ``read_data``.
    read_latency = 1

    def __init__(
        self,
        *,
        width: int,
        depth: int,
        granularity: int | None = None,
        reads_old: bool = True,
        contents: str = "",
    ) -> None:
        granularity = width if granularity is None else granularity
        for name, value in (("width", width), ("depth", depth), ("granularity", granularity)):
            positive_integer(name, value)
        if width % granularity:
            raise ValueError(f"granularity must divide width ({width}), not {granularity!r}")
        self._width = width
        self._depth = depth
        self._granularity = granularity
        self._reads_old = boolean("reads_old", reads_old)
        if not isinstance(contents, str):
            raise TypeError(f"contents must be a string, not {contents!r}")
        self._contents = contents
        super().__init__(
            {
                "read_address": In(address_bits(depth)),
                "read_enable": In(1),
                "read_data": Out(width),
                "write_address": In(address_bits(depth)),
                "write_data": In(width),
                "write_enable": In(width // granularity),
            }
        )

    @property
    def width(self) -> int:
        """Bits of a word."""
        return self._width

    @property
    def depth(self) -> int:
        """Number of words."""
        return self._depth

    @property
    def granularity(self) -> int:
        """Bits that one write enable governs."""
        return self._granularity

    @property
    def reads_old(self) -> bool:
        """Whether a read of the word that is being written gives the old one."""
        return self._reads_old

    @property
    def contents(self) -> str:
        """Name of the file with what it holds from the start; "" for none."""
        return self._contents

    def elaborate(self, platform: object) -> Module:
        """Instantiate the Verilog module."""
        m = Module()
        m.submodules.ram = Instance(
            "celosia_ram",
            p_WIDTH=self._width,
            p_DEPTH=self._depth,
            p_ADDRESS_WIDTH=address_bits(self._depth),
            p_GRANULARITY=self._granularity,
            p_READ_OLD=int(self._reads_old),
            **({"p_CONTENTS": self._contents} if self._contents else {}),
            i_clk=ClockSignal(),
            i_read_address=self.read_address,
            i_read_enable=self.read_enable,
            o_read_data=self.read_data,
            i_write_address=self.write_address,
            i_write_data=self.write_data,
            i_write_enable=self.write_enable,
        )
        return m
