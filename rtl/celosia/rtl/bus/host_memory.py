"""The port through which the host reads and writes one memory."""

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

#: Bits of a byte offset within a memory's region of the host address map.
REGION_ADDRESS_BITS = 28

#: Widths of a bus word, in bits, that the host port can have.
BUS_WIDTHS = (32, 64)


class HostMemorySignature(wiring.Signature):
    """Bus words to and from one memory, seen from the host; used only while no program runs.

    Because nothing else needs the memory then, it accepts every request in the cycle it is made.

    Parameters
    ----------
    bus_width : int
        Bits of a bus word: 32 or 64.

    Members
    -------
    address : Out(28)
        Byte offset in the memory's region, a multiple of the bus word's bytes.
    write : Out(1)
        Write ``write_data`` at ``address`` in this cycle.
    write_data : Out(bus_width)
        The bus word, low byte at the lowest address.
    read : Out(1)
        Read the bus word at ``address``. One read may be outstanding, and never together with ``write``.
    read_data : In(bus_width)
        The bus word, while ``read_valid`` is high; zero otherwise.
    read_valid : In(1)
        High for one cycle per read, any number of cycles later.

    Raises
    ------
    ValueError
        If ``bus_width`` is neither 32 nor 64.
    """

    def __init__(self, bus_width: int) -> None:
        if bus_width not in BUS_WIDTHS:
            raise ValueError(f"bus_width must be 32 or 64, not {bus_width!r}")
        self._bus_width = bus_width
        super().__init__(
            {
                "address": Out(REGION_ADDRESS_BITS),
                "write": Out(1),
                "write_data": Out(bus_width),
                "read": Out(1),
                "read_data": In(bus_width),
                "read_valid": In(1),
            }
        )

    @property
    def bus_width(self) -> int:
        """Bits of a bus word."""
        return self._bus_width

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._bus_width == other._bus_width

    def __repr__(self) -> str:
        return f"HostMemorySignature({self._bus_width})"
