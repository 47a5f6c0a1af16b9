"""The memory of the array's weights."""

from amaranth.hdl import signed
from amaranth.lib import data

from celosia.rtl.memory.port import WordReadSignature
from celosia.rtl.memory.wide import WideMemory, split_word
from celosia.rtl.parameter import positive_integer


class WeightReadSignature(WordReadSignature):
    """Reads of weight words, seen from the reader.

    Parameters
    ----------
    words : int
        Depth of the memory.
    rows_per_cycle : int
        Array rows in a word.
    cols : int
        Array columns in a word.

    Members
    -------
    enable : Out(1)
        Read in this cycle.
    address : Out(address bits)
        Word to read.
    data : In(ArrayLayout(ArrayLayout(signed(8), cols), rows_per_cycle))
        ``data[i][j]`` is row i, column j.

    Raises
    ------
    TypeError
        If a parameter is not an integer.
    ValueError
        If a parameter is not positive.
    """

    def __init__(self, *, words: int, rows_per_cycle: int, cols: int) -> None:
        self._rows_per_cycle = positive_integer("rows_per_cycle", rows_per_cycle)
        self._cols = positive_integer("cols", cols)
        super().__init__(
            words=words, shape=data.ArrayLayout(data.ArrayLayout(signed(8), cols), rows_per_cycle)
        )

    @property
    def rows_per_cycle(self) -> int:
        """Array rows in a word."""
        return self._rows_per_cycle

    @property
    def cols(self) -> int:
        """Array columns in a word."""
        return self._cols


class WeightMemory(WideMemory):
    """Holds the weight tiles; gives one word, ``rows_per_cycle`` array rows, a cycle.

    Parameters
    ----------
    words : int
        Depth of the memory.
    rows_per_cycle : int
        Array rows in a word.
    cols : int
        Array columns in a word.
    bus_width : int
        Bits of the host's bus word: 32 or 64.
    contents : str
        As for :class:`~celosia.rtl.memory.wide.WideMemory`.
    registered : bool
        Whether a register follows what is read: ``read_latency`` is then 2 instead of 1.

    Members
    -------
    read : In(WeightReadSignature(words=words, rows_per_cycle=rows_per_cycle, cols=cols))
        For the weight loader.
    host : In(HostMemorySignature(bus_width))
        For the host: byte ``i * cols + j`` of a word is row i, column j; a word takes its bytes rounded up to
        a power of two of them and to a bus word.

    Raises
    ------
    TypeError
        If a size is not an integer.
    ValueError
        If a size is not positive, ``bus_width`` is not 32 or 64, or the memory exceeds the host's addresses.
    """

    def __init__(
        self,
        *,
        words: int,
        rows_per_cycle: int,
        cols: int,
        bus_width: int,
        contents: str = "",
        registered: bool = False,
    ) -> None:
        super().__init__(
            read=WeightReadSignature(words=words, rows_per_cycle=rows_per_cycle, cols=cols),
            parts=split_word(8 * rows_per_cycle * cols, bus_width),
            bus_width=bus_width,
            contents=contents,
            registered=registered,
        )
