"""Reads the program ahead of its use."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.command import PROGRAM_WORD_BITS
from celosia.rtl.parameter import integer, positive_integer


class ProgramPrefetch(wiring.Component):
    """Gives the words of the program from some word on, one a cycle, if they are taken as fast.

    With one stage, up to three words wait: one in the memory's own output, which holds until the next read, and two in
    registers. Whether the next word can be read is known from what waits, whatever is taken in this cycle,
    so the way from the memory's output through the decoding of a word never leads back to the memory. With two stages,
    one more waits in a register right behind the memory, which has a whole cycle to give it. Without any,
    only the word in the memory's output waits: the next one is read in the cycle in which it is taken.

    Parameters
    ----------
    address_width : int
        Bits of a program word's address.
    stages : int
        Stages of registers in which words wait: 0, 1 or 2.

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
        If ``address_width`` is not an integer, or not positive, or ``stages`` is not one of 0, 1 and 2.
    """

    def __init__(self, *, address_width: int, stages: int = 1) -> None:
        self._address_width = positive_integer("address_width", address_width)
        if integer("stages", stages) not in (0, 1, 2):
            raise ValueError(f"stages must be 0, 1 or 2, not {stages!r}")
        self._stages = stages
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
    def stages(self) -> int:
        """Stages of registers in which words wait."""
        return self._stages

    @property
    def latency(self) -> int:
        """Cycles from ``start`` to the first word."""
        return 1 + self._stages

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
        if not self._stages:
            m.d.comb += [
                self.read_enable.eq(self.start | taken),
                self.words.valid.eq(was_read),
                self.words.payload.eq(self.read_data),
            ]
            return m

        spare = Signal(PROGRAM_WORD_BITS, reset_less=True)
        spare_valid = Signal()
        copied = Signal()
        source, source_valid, source_free = self.read_data, was_read, copied
        if self._stages > 1:
            held = Signal(PROGRAM_WORD_BITS, reset_less=True)
            held_valid = Signal()
            held_free = Signal()
            m.d.comb += held_free.eq(~held_valid | copied)
            with m.If(was_read & held_free):
                m.d.sync += [held.eq(self.read_data), held_valid.eq(1)]
            with m.Elif(copied):
                m.d.sync += held_valid.eq(0)
            with m.If(self.start):
                m.d.sync += held_valid.eq(0)
            source, source_valid, source_free = held, held_valid, held_free
        m.d.comb += [
            copied.eq(source_valid & ~spare_valid),
            self.read_enable.eq(self.start | ~was_read | source_free),
        ]
        with m.If(taken | ~self.words.valid):
            m.d.sync += [
                self.words.payload.eq(Mux(spare_valid, spare, source)),
                self.words.valid.eq(spare_valid | source_valid),
                spare_valid.eq(0),
            ]
        with m.Elif(copied):
            m.d.sync += [spare.eq(source), spare_valid.eq(1)]

        with m.If(self.start):
            m.d.sync += [self.words.valid.eq(0), spare_valid.eq(0)]
        return m
