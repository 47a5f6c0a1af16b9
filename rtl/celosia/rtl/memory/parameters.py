"""The memory of the requantisation parameters, which also holds the tables."""

from amaranth.hdl import Shape
from amaranth.lib import data

from celosia.rtl.bus.address_map import PARAMETER_ENTRY_BYTES
from celosia.rtl.bus.host_memory import HostMemorySignature
from celosia.rtl.command import Parameter
from celosia.rtl.memory.port import WordReadSignature
from celosia.rtl.memory.wide import WideMemory
from celosia.rtl.parameter import positive_integer

#: Distance of an entry's fields in the host's addresses. Only the first, the bias, fills it, so that two
#: neighbours are dense in a bus word that holds both.
FIELD_BITS = 32


class ParameterReadSignature(WordReadSignature):
    """Reads of parameter words, seen from the reader.

    Parameters
    ----------
    words : int
        Depth of the memory.
    lanes : int
        Entries in a word.

    Members
    -------
    enable : Out(1)
        Read in this cycle.
    address : Out(address bits)
        Word to read.
    data : In(ArrayLayout(Parameter, lanes))
        ``data[i]`` is lane i's entry.

    Raises
    ------
    TypeError
        If a parameter is not an integer.
    ValueError
        If a parameter is not positive.
    """

    def __init__(self, *, words: int, lanes: int) -> None:
        self._lanes = positive_integer("lanes", lanes)
        super().__init__(words=words, shape=data.ArrayLayout(Parameter, lanes))

    @property
    def lanes(self) -> int:
        """Entries in a word."""
        return self._lanes


class ParameterMemory(WideMemory):
    """Holds {bias, multiplier, shift} entries; gives one for each lane a cycle.

    Parameters
    ----------
    words : int
        Depth of the memory.
    lanes : int
        Entries in a word.
    bus_width : int
        Bits of the host's bus word: 32 or 64.
    contents : str
        As for :class:`~celosia.rtl.memory.wide.WideMemory`.
    registered : bool
        Whether a register follows what is read: ``read_latency`` is then 2 instead of 1.

    Members
    -------
    read : In(ParameterReadSignature(words=words, lanes=lanes))
        For the vector engine.
    host : In(HostMemorySignature(bus_width))
        For the host: 16 bytes an entry, the bias at +0, the multiplier at +4, the shift at +8; a word has
        ``lanes`` entries, rounded up to a power of two.

    Raises
    ------
    TypeError
        If a size is not an integer.
    ValueError
        If a size is not positive, ``bus_width`` is not 32 or 64, or the memory exceeds the host's addresses.
    """

    def __init__(
        self, *, words: int, lanes: int, bus_width: int, contents: str = "", registered: bool = False
    ) -> None:
        read = ParameterReadSignature(words=words, lanes=lanes)
        HostMemorySignature(bus_width)  # refuses a width that the next line cannot divide into fields
        fields = [Shape.cast(field.shape).width for _, field in data.Layout.cast(Parameter)]
        fields_per_part = bus_width // FIELD_BITS
        entry = [
            sum(fields[first : first + fields_per_part])
            for first in range(0, 8 * PARAMETER_ENTRY_BYTES // FIELD_BITS, fields_per_part)
        ]
        super().__init__(
            read=read, parts=entry * lanes, bus_width=bus_width, contents=contents, registered=registered
        )
