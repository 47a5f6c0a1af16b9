"""The RAM of memories that are never read and written in the same cycle."""

from importlib import resources

from amaranth.hdl import ClockSignal, Instance, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.memory.ram import address_bits
from celosia.rtl.parameter import positive_integer

#: Text of the Verilog module ``celosia_single_port_ram``; whoever emits a design that instantiates it appends this.
SINGLE_PORT_RAM_VERILOG = (
    resources.files("celosia.rtl.memory").joinpath("single_port_ram.v").read_text(encoding="utf-8")
)


class SinglePortRam(wiring.Component):
    """A memory with one port, which reads or writes a word a cycle.

    An instance of the hand-written Verilog module in :data:`SINGLE_PORT_RAM_VERILOG`. The iCE40 UltraPlus has four
    blocks of this kind that hold 32 KiB each, eight times as much as all its others.

    Parameters
    ----------
    width : int
        Bits of a word.
    depth : int
        Words; any positive number.

    Members
    -------
    address : In(address bits)
        Word to read or write. Beyond ``depth``, reads return anything, and writes are ignored.
    enable : In(1)
        Read or write in this cycle.
    write : In(1)
        With ``enable``: write.
    write_data : In(width)
        New contents.
    read_data : Out(width)
        The word, 1 cycle after it was read; holds until the next read or write.

    Raises
    ------
    TypeError
        If a size is not an integer.
    ValueError
        If a size is not positive.
    """

    def __init__(self, *, width: int, depth: int) -> None:
        self._width = positive_integer("width", width)
        self._depth = positive_integer("depth", depth)
        super().__init__(
            {
                "address": In(address_bits(depth)),
                "enable": In(1),
                "write": In(1),
                "write_data": In(width),
                "read_data": Out(width),
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

    def elaborate(self, platform: object) -> Module:
        """Instantiate the Verilog module."""
        m = Module()
        m.submodules.ram = Instance(
            "celosia_single_port_ram",
            p_WIDTH=self._width,
            p_DEPTH=self._depth,
            p_ADDRESS_WIDTH=address_bits(self._depth),
            i_clk=ClockSignal(),
            i_address=self.address,
            i_enable=self.enable,
            i_write=self.write,
            i_write_data=self.write_data,
            o_read_data=self.read_data,
        )
        return m
