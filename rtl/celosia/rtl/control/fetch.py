"""Reads the program and routes each record to its engine's queue."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.command import PROGRAM_WORD_BITS, Engine, Opcode, record_words
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.control.prefetch import ProgramPrefetch
from celosia.rtl.parameter import boolean, integer, positive_integer
from celosia.rtl.stream_buffer import StreamBuffer


def fetch_stages(config: AcceleratorConfig) -> int:
    """Stages of registers between the program memory and the queues of a machine."""
    if not config.queue_depth:
        return 0
    return 4 if config.memory_registers else 1


#: A program word, and the engine that it is for, one-hot.
ROUTED_WORD = data.StructLayout({"word": PROGRAM_WORD_BITS, "engine": len(Engine)})


class CommandFetch(wiring.Component):
    """Walks the program one word a cycle, stopping at ``END``, at an unknown opcode, or after a set number.

    The program is read ahead (:class:`~celosia.rtl.control.prefetch.ProgramPrefetch`), so nothing is lost
    between words. With four stages, what is handed over passes a buffer, so neither the state machine depends on how
    full the queues are in the same cycle, nor the queues on the state machine.

    Parameters
    ----------
    address_width : int
        Bits of a program word's address.
    depthwise : bool
        Whether there is a DEPTHWISE engine; without it, its opcode is unknown.
    stages : int
        Stages of registers between memory and queues, each of which hands the first word over a cycle later: with one,
        no path leads from the memory back to it, with four, there are also registers for the memory's address, for its
        output, and for what is handed over.

    Members
    -------
    start : In(1)
        Begin, or go on after a limit; the first word is handed over ``1 + stages`` cycles later. Ignored while
        ``active``.
    rewind : In(1)
        With ``start``: begin at program word 0.
    limit : In(32)
        With ``start``: stop after this many commands, or as many as the program's memory has words; 0 runs to ``END``.
    read_enable : Out(1)
        Read in this cycle; ``read_data`` holds the word from the following one until the next read. With four stages:
        from the one after that.
    read_address : Out(address_width)
        With ``read_enable``: which word.
    read_data : In(64)
        The program word.
    words : Out(stream).array(len(Engine))
        Words of the records, to each engine's queue.
    issued : Out(len(Engine))
        Pulses, one bit per engine, when a record's last word has been handed over; with four stages, when it goes into
        the buffer in front of the queues. What counts outstanding commands by it may count them early.
    active : Out(1)
        High from the cycle after ``start`` until fetching stops; with four stages, words of records that were issued
        may still wait for their queues then.
    ended : Out(1)
        ``END`` or an unknown opcode was reached; cleared by ``rewind``.
    unknown_opcode : Out(1)
        The program stopped at an unknown opcode; cleared by ``rewind``.

    Raises
    ------
    TypeError, ValueError
        If ``address_width`` is not an integer, or not positive, ``depthwise`` is not a bool, or ``stages`` is not one
        of 0, 1 and 4.
    """

    def __init__(self, *, address_width: int, depthwise: bool, stages: int = 1) -> None:
        self._address_width = positive_integer("address_width", address_width)
        self._depthwise = boolean("depthwise", depthwise)
        if integer("stages", stages) not in (0, 1, 4):
            raise ValueError(f"stages must be 0, 1 or 4, not {stages!r}")
        self._stages = stages
        super().__init__(
            {
                "start": In(1),
                "rewind": In(1),
                "limit": In(32),
                "read_enable": Out(1),
                "read_address": Out(address_width),
                "read_data": In(PROGRAM_WORD_BITS),
                "words": Out(stream.Signature(PROGRAM_WORD_BITS)).array(len(Engine)),
                "issued": Out(len(Engine)),
                "active": Out(1),
                "ended": Out(1),
                "unknown_opcode": Out(1),
            }
        )

    @property
    def address_width(self) -> int:
        """Bits of a program word's address."""
        return self._address_width

    @property
    def depthwise(self) -> bool:
        """Whether there is a DEPTHWISE engine."""
        return self._depthwise

    @property
    def stages(self) -> int:
        """Stages of registers between memory and queues."""
        return self._stages

    def elaborate(self, platform: object) -> Module:
        """Build the fetch state machine."""
        m = Module()
        next_word = Signal(self._address_width)
        # A program has no more commands than its memory has words.
        commands_left = Signal(self._address_width + 1)
        most = (1 << len(commands_left)) - 1
        limited = Signal()
        # Limited, and no commands left: a register, because what is handed over depends on it.
        done = Signal()
        words_left = Signal(range(max(record_words(engine.opcode) for engine in Engine) + 1))
        route = Signal(len(Engine))
        route_now = Signal.like(route)
        left_now = Signal.like(words_left)
        target = Signal.like(route)  # the engine that the word on offer goes to; none if it goes nowhere
        consumed = Signal()
        buffered = self._stages > 1
        m.submodules.prefetch = prefetch = ProgramPrefetch(
            address_width=self._address_width, stages=self._stages - buffered
        )
        word = prefetch.words
        present = sum(1 << engine for engine in Engine if engine is not Engine.DEPTHWISE or self._depthwise)
        first = prefetch.engine & present
        opcode = Opcode(word.payload[: Opcode.as_shape().width])

        m.d.comb += [
            prefetch.read_data.eq(self.read_data),
            self.read_enable.eq(prefetch.read_enable),
            self.read_address.eq(prefetch.read_address),
            word.ready.eq(consumed),
            route_now.eq(route),
            left_now.eq(words_left),
        ]
        for index in range(len(Engine)):
            m.d.comb += self.issued[index].eq(consumed & route_now[index] & (left_now == 1))
        ready = Cat(stream_out.ready for stream_out in self.words)
        if buffered:
            m.submodules.buffer = buffer = StreamBuffer(shape=ROUTED_WORD)
            routed = buffer.output
            m.d.comb += [
                # That there is a word is implied; it keeps what a simulator does not know yet out of the buffer.
                buffer.input.valid.eq(word.valid & target.any()),
                buffer.input.payload.eq(Cat(word.payload, target)),
                consumed.eq(buffer.input.valid & buffer.input.ready),
                routed.ready.eq((routed.payload.engine & ready).any()),
            ]
            for index, stream_out in enumerate(self.words):
                m.d.comb += [
                    stream_out.payload.eq(routed.payload.word),
                    stream_out.valid.eq(routed.valid & routed.payload.engine[index]),
                ]
        else:
            m.d.comb += consumed.eq((target & ready).any())
            for index, stream_out in enumerate(self.words):
                m.d.comb += [stream_out.payload.eq(word.payload), stream_out.valid.eq(target[index])]
        with m.If(consumed):
            m.d.sync += next_word.eq(next_word + 1)

        def hand_over() -> None:
            m.d.comb += target.eq(route_now)
            with m.If(consumed):
                m.d.sync += [words_left.eq(left_now - 1), route.eq(route_now)]

        with m.FSM() as fsm:
            m.d.comb += self.active.eq(~fsm.ongoing("STOPPED"))
            with m.State("STOPPED"):
                with m.If(self.start):
                    m.d.sync += [
                        limited.eq(self.limit != 0),
                        done.eq(0),
                        commands_left.eq(Mux(self.limit < most, self.limit, most)),
                        words_left.eq(0),
                    ]
                    # Words that were read ahead may have changed since.
                    m.d.comb += [prefetch.start.eq(1), prefetch.first.eq(Mux(self.rewind, 0, next_word))]
                    with m.If(self.rewind):
                        m.d.sync += [next_word.eq(0), self.ended.eq(0), self.unknown_opcode.eq(0)]
                    m.next = "RUN"
            with m.State("RUN"):
                with m.If(word.valid & (words_left != 0)):
                    hand_over()
                with m.Elif(done & (words_left == 0)):
                    m.next = "STOPPED"
                with m.Elif(word.valid & first.any()):
                    m.d.comb += route_now.eq(first)
                    for engine in Engine:
                        with m.If(first[engine]):
                            m.d.comb += left_now.eq(record_words(engine.opcode))
                    hand_over()
                    with m.If(consumed):
                        m.d.sync += [
                            commands_left.eq(commands_left - 1),
                            done.eq(limited & (commands_left == 1)),
                        ]
                with m.Elif(word.valid):
                    m.d.sync += [self.ended.eq(1), self.unknown_opcode.eq(opcode != Opcode.END)]
                    m.next = "STOPPED"
        return m
