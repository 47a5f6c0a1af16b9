"""The port through which an engine reads whole words of a memory."""

from amaranth.hdl import ShapeLike
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.memory.ram import address_bits
from celosia.rtl.parameter import positive_integer


class WordReadSignature(wiring.Signature):
    """Reads of whole words, seen from the reader; the memory answers after a fixed number of cycles.

    Parameters
    ----------
    words : int
        Depth of the memory.
    shape : ShapeLike
        Shape of a word.

    Members
    -------
    enable : Out(1)
        Read in this cycle.
    address : Out(address bits)
        Word to read. Beyond ``words``, anything is returned.
    data : In(shape)
        The word, the memory's ``read_latency`` cycles after ``enable``; holds until the next read.

    Raises
    ------
    TypeError
        If ``words`` is not an integer.
    ValueError
        If ``words`` is not positive.
    """

    def __init__(self, *, words: int, shape: ShapeLike) -> None:
        self._words = positive_integer("words", words)
        self._shape = shape
        super().__init__({"enable": Out(1), "address": Out(address_bits(words)), "data": In(shape)})

    @property
    def words(self) -> int:
        """Depth of the memory."""
        return self._words

    @property
    def shape(self) -> ShapeLike:
        """Shape of a word."""
        return self._shape

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, WordReadSignature)
            and self._words == other._words
            and self._shape == other._shape
        )

    def __repr__(self) -> str:
        return f"WordReadSignature(words={self._words}, shape={self._shape!r})"
