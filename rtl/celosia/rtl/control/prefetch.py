"""Reads the program ahead of its use."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.command import PROGRAM_WORD_BITS
from celosia.rtl.parameter import boolean, positive_integer


class ProgramPrefetch(wiring.Component):
    """Gives the words of the program from some word on, one a cycle, if they are taken as fast.

    Up to three words wait: one in the memory's own output, which holds until the next read, and two in
    registers. Whether the next word can be read is known from what waits, whatever is taken in this cycle,
    so the way from the memory's output through the decoding of a word never leads back to the memory. Without
    ``registers``, only the word in the memory's output waits: the next one is read in the cycle in which it is taken.

    Parameters
    ----------
    address_width : int
        Bits of a program word's address.
    registers : bool
        Whether words wait in registers.

    Members
    -------
    start : In(1)
        Forget what waits, and read from ``first`` on, beginning in this cycle.
    first : In(address_width)
        With ``start``: the first word to give.
    read_enable : Out(1)
        Read in this cycle; ``read_data`` holds the word from the following one until the next read.
    read_address : Out(address_width)
        With ``read_enable``: which.
    read_data : In(64)
        From the program memory.
    words : Out(stream.Signature(64))
        The words; the first is offered ``latency`` cycles after ``start``.

    Raises
    ------
    TypeError, ValueError
        If ``address_width`` is not an integer, or not positive, or ``registers`` is not a bool.
    """

    def __init__(self, *, address_width: int, registers: bool = True) -> None:
        self._address_width = positive_integer("address_width", address_width)
        self._registers = boolean("registers", registers)
        super().__init__(
            {
                "start": In(1),
                "first": In(address_width),
                "read_enable": Out(1),
                "read_address": Out(address_width),
                "read_data": In(PROGRAM_WORD_BITS),
                "words": Out(stream.Signature(PROGRAM_WORD_BITS)),
            }
        )

    @property
    def address_width(self) -> int:
        """Bits of a program word's address."""
        return self._address_width

    @property
    def registers(self) -> bool:
        """Whether words wait in registers."""
        return self._registers

    @property
    def latency(self) -> int:
        """Cycles from ``start`` to the first word."""
        return 2 if self._registers else 1

    def elaborate(self, platform: object) -> Module:
        """Build the registers between the memory and whoever takes the words."""
        m = Module()
        next_address = Signal(self._address_width)
        was_read = Signal()  # the memory's output holds a word that nobody has copied
        taken = Signal()
        m.d.comb += [
            taken.eq(self.words.valid & self.words.ready),
            self.read_address.eq(Mux(self.start, self.first, next_address)),
        ]
        with m.If(self.read_enable):
            m.d.sync += [next_address.eq(self.read_address + 1), was_read.eq(1)]
        if not self._registers:
            m.d.comb += [
                self.read_enable.eq(self.start | taken),
                self.words.valid.eq(was_read),
                self.words.payload.eq(self.read_data),
            ]
            return m

        spare = Signal(PROGRAM_WORD_BITS, reset_less=True)
        spare_valid = Signal()
        copied = Signal()
        m.d.comb += [
            copied.eq(was_read & ~spare_valid),
            self.read_enable.eq(self.start | ~was_read | copied),
        ]
        with m.If(taken | ~self.words.valid):
            m.d.sync += [
                self.words.payload.eq(Mux(spare_valid, spare, self.read_data)),
                self.words.valid.eq(spare_valid | was_read),
                spare_valid.eq(0),
            ]
        with m.Elif(copied):
            m.d.sync += [spare.eq(self.read_data), spare_valid.eq(1)]

        with m.If(self.start):
            m.d.sync += [self.words.valid.eq(0), spare_valid.eq(0)]
        return m
