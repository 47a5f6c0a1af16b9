"""One reader's way from an address to the bytes there."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.delay import delayed
from celosia.rtl.memory.rotate import rotate_right
from celosia.rtl.memory.scratchpad_address import BankAddress
from celosia.rtl.memory.scratchpad_port import SCRATCHPAD_ADDRESS_BITS


class ScratchpadReader(wiring.Component):
    """Gathers a vector from the two adjacent words it may lie in.

    The words come from the banks a cycle after the address, or two if there are registers behind the banks. As the
    two words lie in an even and an odd bank, each byte lane picks among the even banks, among the odd ones, and between
    these; the vector is then a rotation of the lanes. There is a register before the rotation and one behind it. The
    choice between even and odd is made before the first, or after it if there are more banks to choose among.

    Parameters
    ----------
    width : int
        Bytes of a vector; at most ``word_bytes``.
    banks : int
        Number of banks; a power of two, at least 2.
    word_bytes : int
        Bytes of a word; a power of two.
    registered : bool
        Whether there are registers behind the banks.

    Members
    -------
    address : In(24)
        The first byte.
    words : In(ArrayLayout(8 * word_bytes, banks))
        What the banks read, 1 cycle after ``address``, or 2 if ``registered``.
    data : Out(ArrayLayout(unsigned(8), width))
        The vector, ``latency`` cycles after ``words``.
    """

    #: Cycles from what the banks read to ``data``.
    latency = 2

    def __init__(self, *, width: int, banks: int, word_bytes: int, registered: bool = False) -> None:
        self._width = width
        self._banks = banks
        self._word_bytes = word_bytes
        self._registered = registered
        super().__init__(
            {
                "address": In(SCRATCHPAD_ADDRESS_BITS),
                "words": In(data.ArrayLayout(8 * word_bytes, banks)),
                "data": Out(data.ArrayLayout(unsigned(8), width)),
            }
        )

    @property
    def width(self) -> int:
        """Bytes of a vector."""
        return self._width

    @property
    def banks(self) -> int:
        """Number of banks."""
        return self._banks

    @property
    def word_bytes(self) -> int:
        """Bytes of a word."""
        return self._word_bytes

    @property
    def registered(self) -> bool:
        """Whether there are registers behind the banks."""
        return self._registered

    def elaborate(self, platform: object) -> Module:
        """Build the two stages."""
        m = Module()
        address = delayed(m, self.address, int(self._registered))
        read = BankAddress.split(address, banks=self._banks, word_bytes=self._word_bytes)

        offset = Signal.like(read.offset)
        lane_is_odd = Signal(self._word_bytes)
        odd_index = Signal(range(self._banks // 2))
        even_index = Signal.like(odd_index)
        m.d.sync += [
            offset.eq(read.offset),
            lane_is_odd.eq(read.before_offset ^ read.bank[0].replicate(self._word_bytes)),
            odd_index.eq(read.bank[1:]),
            even_index.eq((read.bank + read.bank[0])[1:]),
        ]

        even_word = Signal(8 * self._word_bytes)
        odd_word = Signal.like(even_word)
        for word, index, parity in ((even_word, even_index, 0), (odd_word, odd_index, 1)):
            with m.Switch(index):
                for pair in range(self._banks // 2 - 1):
                    with m.Case(pair):
                        m.d.comb += word.eq(self.words[2 * pair + parity])
                with m.Default():
                    m.d.comb += word.eq(self.words[self._banks - 2 + parity])
        if self._banks > 2:
            # What comes from a slow block RAM, or one far away, passes one choice only; the next has half a cycle.
            held = [Signal.like(even_word, name=f"{name}_held", reset_less=True) for name in ("even", "odd")]
            held_is_odd = Signal.like(lane_is_odd)
            m.d.sync += [held[0].eq(even_word), held[1].eq(odd_word), held_is_odd.eq(lane_is_odd)]
            lanes = _choose(held_is_odd, *held)
        else:
            lanes = Signal.like(even_word, reset_less=True)
            m.d.sync += lanes.eq(_choose(lane_is_odd, even_word, odd_word))
        lanes_offset = Signal.like(offset)
        m.d.sync += lanes_offset.eq(offset)
        vector = Signal(8 * self._width, reset_less=True)
        m.d.sync += vector.eq(rotate_right(m, lanes, lanes_offset, unit=8)[: 8 * self._width])
        m.d.comb += self.data.eq(vector)
        return m


def _choose(is_odd: Value, even: Value, odd: Value) -> Value:
    """Byte by byte, one of two words."""
    return Cat(
        Mux(is_odd[lane], odd.word_select(lane, 8), even.word_select(lane, 8)) for lane in range(len(is_odd))
    )
