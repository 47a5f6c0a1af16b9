"""The command queue: every word that goes in comes out once, in order, in its record."""

from amaranth.hdl import Assert, Assume, Const, Fragment, MemoryInstance, Module, Mux, Signal, Value

from celosia.rtl.command import PROGRAM_WORD_BITS, Opcode, record_words
from celosia.rtl.control.queue import CommandQueue
from sim_tests.formal.prove import Properties

#: Words are numbered with so many bits: more numbers than a queue has room for.
NUMBER_BITS = 6


class QueueProperties(Properties):
    """For words that come, and records that are taken, in any cycle.

    Words carry their number in their lowest and in their highest bits, the others do anything. A queue does not
    look at words, so this stands for any.

    - The n-th record consists of the n-th ``record_words`` words, in order: none lost, repeated or swapped.
    - The queue never holds more words than it has room for.
    - A record that is offered stays until it is taken.
    """

    def __init__(self, *, opcode: Opcode, depth: int) -> None:
        self._queue = CommandQueue(opcode=opcode, depth=depth)
        super().__init__(self._queue)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit, and what makes them inductive: what each register holds."""
        m, inside = self.surround(platform)
        queue = self._queue
        size = record_words(queue.opcode)
        room = size * queue.depth
        words, command = queue.words, queue.command

        sent, delivered = Signal(NUMBER_BITS), Signal(NUMBER_BITS)
        m.d.comb += Assume(_is_word(words.payload, sent))
        with m.If(words.valid & words.ready):
            m.d.sync += sent.eq(sent + 1)
        with m.If(command.valid & command.ready):
            m.d.sync += delivered.eq(delivered + size)

        for index, part in enumerate(_words(Value.cast(command.payload))):
            m.d.comb += Assert(~command.valid | _is_word(part, delivered + index))
        offered = Signal()
        m.d.sync += offered.eq(command.valid & ~command.ready)
        m.d.comb += Assert(~offered | command.valid)

        # Where the words between ``delivered`` and ``sent`` are.
        count, register = inside["count"], inside["record"]
        for index, part in enumerate(_words(register)):
            m.d.comb += Assert((index >= count) | _is_word(part, delivered + index))
        if not queue.depth:
            m.d.comb += [Assert(sent == (delivered + count)[:NUMBER_BITS]), Assert(count <= size)]
            return m
        first, level = inside["waiting.r_rdy"], inside["waiting.inner_level"]
        consume, produce = inside["waiting.consume"], inside["waiting.produce"]
        slots = room - 1
        end = Signal(range(2 * room))
        m.d.comb += [
            end.eq(consume + level),
            Assert(sent == (delivered + count + first + level)[:NUMBER_BITS]),
            Assert((count <= size) & (level <= slots) & (consume < slots)),
            Assert(produce == Mux(end >= slots, end - slots, end)),
        ]
        m.d.comb += Assert(~first | _is_word(inside["waiting.r_data"], delivered + count))
        for slot, content in enumerate(contents(m.submodules.unit)):
            after = Signal(range(room), name=f"after_{slot}")
            m.d.comb += [
                after.eq(Mux(slot >= consume, slot - consume, slot + slots - consume)),
                Assert((after >= level) | _is_word(content, delivered + count + first + after)),
            ]
        return m


def _words(record: Value) -> list[Value]:
    """A record's program words; the last may be cut."""
    return [record[low : low + PROGRAM_WORD_BITS] for low in range(0, len(record), PROGRAM_WORD_BITS)]


def _is_word(word: Value, number: Value) -> Value:
    """Whether a word, or what is left of it, is the one with that number."""
    number = number[:NUMBER_BITS]
    lowest = word[:NUMBER_BITS] == number
    return lowest if len(word) < PROGRAM_WORD_BITS else lowest & (word[-NUMBER_BITS:] == number)


def contents(fragment: Fragment) -> list[Signal]:
    """The words of the only memory in an elaborated unit."""
    if not isinstance(fragment, MemoryInstance):
        return [word for part, _, _ in fragment.subfragments for word in contents(part)]
    words = []
    for address in range(fragment._data.depth):
        word = Signal(fragment._data.shape, name=f"word_{address}")
        bits = Const(address, (fragment._data.depth - 1).bit_length())
        fragment.read_port(domain="comb", addr=bits, data=word, en=Const(1, 1), transparent_for=())
        words.append(word)
    return words
