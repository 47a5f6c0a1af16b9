"""A queue of command records: program words in, whole records out."""

from typing import Any

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from celosia.rtl.command import PROGRAM_WORD_BITS, RECORDS, Opcode, record_words
from celosia.rtl.parameter import integer


class CommandQueue(wiring.Component):
    """Holds commands for one engine and hands them over one whole record at a time.

    Waiting commands stay in a narrow memory of program words; only the next one is assembled into a
    register, ready to be taken in a single cycle. Each word has its own part of the register, so that those bits
    that an engine does not look at need none. A record becomes available ``record_words + 2`` cycles after its
    first word entered an empty queue, or ``record_words`` if there is no memory.

    Parameters
    ----------
    opcode : Opcode
        Which record the queue holds.
    depth : int
        Records that can wait besides the assembled one; there is no memory for 0.

    Members
    -------
    words : In(stream)
        Program words of whole records, first word first.
    command : Out(stream)
        The records, in order; the payload is a view of the record's struct.

    Raises
    ------
    TypeError
        If ``opcode`` is not an :class:`Opcode`, or ``depth`` not an integer.
    ValueError
        If ``opcode`` has no engine or ``depth`` is negative.
    """

    def __init__(self, *, opcode: Opcode, depth: int = 2) -> None:
        if not isinstance(opcode, Opcode):
            raise TypeError(f"opcode must be an Opcode, not {opcode!r}")
        if opcode is Opcode.END:
            raise ValueError("opcode must name an engine, not Opcode.END")
        self._opcode = opcode
        if integer("depth", depth) < 0:
            raise ValueError(f"depth must not be negative, not {depth!r}")
        self._depth = depth
        super().__init__(
            {
                "words": In(stream.Signature(PROGRAM_WORD_BITS)),
                "command": Out(stream.Signature(RECORDS[opcode])),
            }
        )

    @property
    def opcode(self) -> Opcode:
        """Which record the queue holds."""
        return self._opcode

    @property
    def depth(self) -> int:
        """Records that can wait besides the assembled one."""
        return self._depth

    def elaborate(self, platform: object) -> Module:
        """Build the word memory and the register in which a record is assembled."""
        m = Module()
        size = record_words(self._opcode)
        source: Any = wiring.flipped(self.words)
        if self._depth:
            m.submodules.waiting = waiting = SyncFIFOBuffered(
                width=PROGRAM_WORD_BITS, depth=size * self._depth
            )
            wiring.connect(m, source, waiting.w_stream)
            source = waiting.r_stream

        record = Signal(size * PROGRAM_WORD_BITS, reset_less=True)
        count = Signal(range(size + 1))
        taken = Signal()
        layout = data.Layout.cast(RECORDS[self._opcode])
        m.d.comb += [
            self.command.valid.eq(count == size),
            self.command.payload.eq(record[: layout.size]),
            taken.eq(self.command.valid & self.command.ready),
            source.ready.eq(~self.command.valid),
        ]
        with m.If(taken):
            m.d.sync += count.eq(0)
        # Never in the same cycle, so that the record's registers need not know late in a cycle that it is taken.
        with m.If(source.valid & source.ready):
            m.d.sync += count.eq(count + 1)
            for index in range(size):
                with m.If(count == index):
                    m.d.sync += record.word_select(index, PROGRAM_WORD_BITS).eq(source.payload)
        return m
