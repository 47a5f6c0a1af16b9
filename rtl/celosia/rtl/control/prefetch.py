"""Reads the program ahead of its use."""

from amaranth.hdl import Cat, Module, Mux, ResetInserter, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.fifo import SyncFIFO
from amaranth.lib.wiring import In, Out

from celosia.rtl.command import PROGRAM_WORD_BITS, Engine, Opcode
from celosia.rtl.parameter import integer, positive_integer
from celosia.rtl.repeated import Unshared

#: Words on their way from a memory with a register, or waiting: as many as the cycles from asking for one word to
#: asking for another in its place.
WORDS_AHEAD = 4


def engine_of(word: Value) -> Value:
    """The engine that a record's first word is for, one-hot; zero if its opcode names none."""
    opcode = word[: Opcode.as_shape().width]
    return Cat(opcode == engine.opcode.value for engine in Engine)


class ProgramPrefetch(wiring.Component):
    """Gives the words of the program from some word on, one a cycle, if they are taken as fast.

    With one stage, up to three words wait: one in the memory's own output, which holds until the next read, and two in
    registers. Whether the next word can be read is known from what waits, whatever is taken in this cycle,
    so the way from the memory's output through the decoding of a word never leads back to the memory. Without any,
    only the word in the memory's output waits: the next one is read in the cycle in which it is taken. With three
    stages, the memory has a register of its own, and its address comes straight from another one, so both may lie far
    from here; words wait in a FIFO before the last register, which has room for all that are on their way.

    Parameters
    ----------
    address_width : int
        Bits of a program word's address.
    stages : int
        Stages of registers beside the one that every memory has: 0, 1 or 3.

    Members
    -------
    start : In(1)
        Forget what waits, and read from ``first`` on, beginning in this cycle; with three stages, in the following one.
    first : In(address_width)
        With ``start``: the first word to give.
    read_enable : Out(1)
        Read in this cycle; ``read_data`` holds the word from the following one until the next read. With three stages:
        from the one after that, and nothing is read before the first start.
    read_address : Out(address_width)
        With ``read_enable``: which.
    read_data : In(64)
        From the program memory.
    words : Out(stream.Signature(64))
        The words; the first is offered ``latency`` cycles after ``start``.
    engine : Out(len(Engine))
        With a word that begins a record: the engine that its opcode names, one-hot; zero if it names none. As early in
        a cycle as the word.

    Raises
    ------
    TypeError, ValueError
        If ``address_width`` is not an integer, or not positive, or ``stages`` is not one of 0, 1 and 3.
    """

    def __init__(self, *, address_width: int, stages: int = 1) -> None:
        self._address_width = positive_integer("address_width", address_width)
        if integer("stages", stages) not in (0, 1, 3):
            raise ValueError(f"stages must be 0, 1 or 3, not {stages!r}")
        self._stages = stages
        super().__init__(
            {
                "start": In(1),
                "first": In(address_width),
                "read_enable": Out(1),
                "read_address": Out(address_width),
                "read_data": In(PROGRAM_WORD_BITS),
                "words": Out(stream.Signature(PROGRAM_WORD_BITS)),
                "engine": Out(len(Engine)),
            }
        )

    @property
    def address_width(self) -> int:
        """Bits of a program word's address."""
        return self._address_width

    @property
    def stages(self) -> int:
        """Stages of registers beside the one that every memory has."""
        return self._stages

    @property
    def latency(self) -> int:
        """Cycles from ``start`` to the first word."""
        return 1 + self._stages

    def elaborate(self, platform: object) -> Module:
        """Build what lies between the memory and whoever takes the words."""
        m = Module()
        next_address = Signal(self._address_width)
        taken = Signal()
        m.d.comb += taken.eq(self.words.valid & self.words.ready)
        if self._stages > 1:
            self._wait_in_fifo(m, taken, next_address)
            return m

        m.d.comb += self.read_address.eq(Mux(self.start, self.first, next_address))
        with m.If(self.read_enable):
            m.d.sync += next_address.eq(self.read_address + 1)
        was_read = Signal()  # the memory's output holds a word that nobody has copied
        with m.If(self.read_enable):
            m.d.sync += was_read.eq(1)
        if self._stages:
            self._wait_in_registers(m, taken, was_read)
        else:
            m.d.comb += [
                self.read_enable.eq(self.start | taken),
                self.words.valid.eq(was_read),
                self.words.payload.eq(self.read_data),
                self.engine.eq(engine_of(self.read_data)),
            ]
        return m

    def _wait_in_registers(self, m: Module, taken: Signal, was_read: Signal) -> None:
        spare = Signal(PROGRAM_WORD_BITS, reset_less=True)
        spare_valid = Signal()
        copied = Signal()
        m.d.comb += [
            copied.eq(was_read & ~spare_valid),
            self.read_enable.eq(self.start | ~was_read | copied),
        ]
        following = Mux(spare_valid, spare, self.read_data)
        with m.If(taken | ~self.words.valid):
            m.d.sync += [
                self.words.payload.eq(following),
                self.engine.eq(engine_of(following)),
                self.words.valid.eq(spare_valid | was_read),
                spare_valid.eq(0),
            ]
        with m.Elif(copied):
            m.d.sync += [spare.eq(self.read_data), spare_valid.eq(1)]
        with m.If(self.start):
            m.d.sync += [self.words.valid.eq(0), spare_valid.eq(0)]

    def _wait_in_fifo(self, m: Module, taken: Signal, next_address: Signal) -> None:
        fifo = SyncFIFO(width=PROGRAM_WORD_BITS, depth=WORDS_AHEAD - 1)
        m.submodules.fifo = ResetInserter(self.start)(Unshared(fifo))
        # Words that are on their way or wait; before the first start, as if there were all, so that none is read.
        ahead = Signal(range(WORDS_AHEAD + 1), init=WORDS_AHEAD)
        coming = Signal(2)
        free = Signal()  # the register of the word on offer takes the next one
        m.d.comb += [
            self.read_address.eq(next_address),
            self.read_enable.eq(ahead != WORDS_AHEAD),
            free.eq(taken | ~self.words.valid),
            fifo.w_data.eq(self.read_data),
            fifo.w_en.eq(coming[1] & (fifo.r_rdy | ~free)),
            fifo.r_en.eq(free),
        ]
        m.d.sync += [
            coming.eq(Cat(self.read_enable & ~self.start, coming[0] & ~self.start)),
            ahead.eq(Mux(self.start, 0, ahead + self.read_enable - taken)),
        ]
        with m.If(self.start):
            m.d.sync += next_address.eq(self.first)
        with m.Elif(self.read_enable):
            m.d.sync += next_address.eq(next_address + 1)
        following = Mux(fifo.r_rdy, fifo.r_data, self.read_data)
        with m.If(free):
            m.d.sync += [
                self.words.payload.eq(following),
                self.engine.eq(engine_of(following)),
                self.words.valid.eq(fifo.r_rdy | coming[1]),
            ]
        with m.If(self.start):
            m.d.sync += self.words.valid.eq(0)
