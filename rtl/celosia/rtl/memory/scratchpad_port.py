"""The ports through which engines read and write the scratchpad."""

from amaranth.hdl import unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.parameter import positive_integer

#: Bits of a scratchpad byte address; address arithmetic wraps at this width.
SCRATCHPAD_ADDRESS_BITS = 24


class ScratchpadReadSignature(wiring.Signature):
    """Reads of consecutive bytes from any address, seen from the reader.

    Parameters
    ----------
    width : int
        Bytes of a vector.
    banks : int
        Banks of the scratchpad.

    Members
    -------
    valid : Out(1)
        Read in this cycle, if granted.
    address : Out(24)
        The first byte. Beyond the memory, anything is returned.
    needs : Out(banks)
        The banks, one bit each, that the bytes lie in:
        :meth:`~celosia.rtl.memory.scratchpad_address.BankAddress.needs`. The reader tells, because it knows the
        address a cycle before, and who is granted is known late enough.
    ready : In(1)
        The read is granted, in the same cycle; depends on ``valid`` and ``needs`` of all readers.
        Otherwise it has to be tried again.
    data : In(ArrayLayout(unsigned(8), width))
        The bytes, for one cycle, the scratchpad's ``read_latency`` cycles after ``valid & ready``.

    Raises
    ------
    TypeError
        If a parameter is not an integer.
    ValueError
        If a parameter is not positive.
    """

    def __init__(self, width: int, *, banks: int) -> None:
        self._width = positive_integer("width", width)
        self._banks = positive_integer("banks", banks)
        super().__init__(
            {
                "valid": Out(1),
                "address": Out(SCRATCHPAD_ADDRESS_BITS),
                "needs": Out(banks),
                "ready": In(1),
                "data": In(data.ArrayLayout(unsigned(8), width)),
            }
        )

    @property
    def width(self) -> int:
        """Bytes of a vector."""
        return self._width

    @property
    def banks(self) -> int:
        """Banks of the scratchpad."""
        return self._banks

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, ScratchpadReadSignature)
            and self._width == other._width
            and self._banks == other._banks
        )

    def __repr__(self) -> str:
        return f"ScratchpadReadSignature({self._width}, banks={self._banks})"


class ScratchpadWriteSignature(wiring.Signature):
    """Writes of consecutive bytes to any address, seen from the writer; they never wait.

    Parameters
    ----------
    width : int
        Bytes of a vector.

    Members
    -------
    enable : Out(width)
        Which bytes to write in this cycle.
    address : Out(24)
        Where byte 0 goes. Bytes beyond the memory are ignored.
    data : Out(ArrayLayout(unsigned(8), width))
        The bytes.

    Raises
    ------
    TypeError
        If ``width`` is not an integer.
    ValueError
        If ``width`` is not positive.
    """

    def __init__(self, width: int) -> None:
        self._width = positive_integer("width", width)
        super().__init__(
            {
                "enable": Out(width),
                "address": Out(SCRATCHPAD_ADDRESS_BITS),
                "data": Out(data.ArrayLayout(unsigned(8), width)),
            }
        )

    @property
    def width(self) -> int:
        """Bytes of a vector."""
        return self._width

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScratchpadWriteSignature) and self._width == other._width

    def __repr__(self) -> str:
        return f"ScratchpadWriteSignature({self._width})"
