"""The memory of the program."""

from amaranth.hdl import unsigned

from celosia.rtl.command import PROGRAM_WORD_BITS
from celosia.rtl.memory.port import WordReadSignature
from celosia.rtl.memory.wide import WideMemory, split_word


class ProgramReadSignature(WordReadSignature):
    """Reads of program words, seen from the reader.

    Parameters
    ----------
    words : int
        Depth of the memory.

    Members
    -------
    enable : Out(1)
        Read in this cycle.
    address : Out(address bits)
        Word to read.
    data : In(64)
        The word.

    Raises
    ------
    TypeError
        If ``words`` is not an integer.
    ValueError
        If ``words`` is not positive.
    """

    def __init__(self, *, words: int) -> None:
        super().__init__(words=words, shape=unsigned(PROGRAM_WORD_BITS))


class ProgramMemory(WideMemory):
    """Holds the commands; gives one 64-bit word a cycle, ``read_latency`` cycles after it is asked for.

    Parameters
    ----------
    words : int
        Depth of the memory.
    bus_width : int
        Bits of the host's bus word: 32 or 64.
    contents : str
        As for :class:`~celosia.rtl.memory.wide.WideMemory`.
    registered : bool
        Likewise: ``read_latency`` is then 2 instead of 1.
    single_port : bool
        Likewise.

    Members
    -------
    read : In(ProgramReadSignature(words=words))
        For the command fetch.
    host : In(HostMemorySignature(bus_width))
        For the host: 8 bytes a word.

    Raises
    ------
    TypeError
        If ``words`` is not an integer, or ``registered`` or ``single_port`` not a bool.
    ValueError
        If ``words`` is not positive, ``bus_width`` is not 32 or 64, the memory exceeds the host's
        addresses, or there are ``contents`` for RAM with a single port.
    """

    def __init__(
        self,
        *,
        words: int,
        bus_width: int,
        contents: str = "",
        registered: bool = False,
        single_port: bool = False,
    ) -> None:
        super().__init__(
            read=ProgramReadSignature(words=words),
            parts=split_word(PROGRAM_WORD_BITS, bus_width),
            bus_width=bus_width,
            contents=contents,
            registered=registered,
            single_port=single_port,
        )
