"""The memory of partial sums."""

from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.bus.address_map import ACCUMULATOR_COLUMN_BYTES
from celosia.rtl.bus.host_memory import HostMemorySignature
from celosia.rtl.config import power_of_two_at_least
from celosia.rtl.delay import delayed
from celosia.rtl.memory.accumulator_columns import (
    AccumulatorColumns,
    columns_read_latency,
    columns_update_latency,
    update_layout,
)
from celosia.rtl.memory.port import WordReadSignature
from celosia.rtl.memory.ram import address_bits
from celosia.rtl.parameter import boolean, positive_integer
from celosia.rtl.repeated import add_repeated


def accumulator_tag_layout(depth: int) -> data.StructLayout:
    """What comes with a vector of partial sums.

    ``address`` is the entry it is for, below ``depth``; ``accumulate`` adds to the entry, otherwise it is
    overwritten; ``last`` asks for a pulse of ``retired``.
    """
    return data.StructLayout({"address": address_bits(depth), "accumulate": 1, "last": 1})


def update_latency(*, pe_columns: int, registered: bool) -> int:
    """Cycles from the first PE column's partial sums until reads see the vector in all of them."""
    return registered + pe_columns - 1 + columns_update_latency(registered=registered)


def accumulator_read_latency(*, registered: bool) -> int:
    """Cycles from ``read.enable`` to ``read.data``."""
    return registered + columns_read_latency(registered=registered)


class Accumulators(wiring.Component):
    """Adds up the partial sums of a systolic array, entry by entry, and gives entries to the vector engine.

    Takes a vector every cycle, skewed as :class:`~celosia.rtl.array.systolic.SystolicArray` gives it: each
    column of processing elements has its own memories and a skewed address, so nothing undoes the skew. Sums
    wrap to ``width`` bits. Vectors may follow each other for the same entry at any distance.

    The entries are two halves, the lower one below ``depth / 2``. Updates and reads must be of different
    halves in every cycle: a half may be read from the cycle after the one in which ``retired`` pulses for its last
    vector, and updated again from the cycle after its last read.

    Parameters
    ----------
    cols, pe_cols : int
        Columns of the array and of a processing element; ``pe_cols`` must divide ``cols``.
    width : int
        Bits of a partial sum, at most 32.
    depth : int
        Entries, both halves together; even.
    bus_width : int
        Bits of the host's bus word: 32 or 64.
    registered : bool
        Whether there are registers in front of the memories and behind them: for block RAM that is slow, or so much of
        it that some is far away.

    Members
    -------
    psums : In(ArrayLayout(signed(width), cols))
        Partial sums; PE column j's are j cycles later than PE column 0's.
    psums_valid : In(cols // pe_cols)
        For each PE column, whether there are any.
    tag : In(accumulator_tag_layout(depth))
        What to do with the vector that PE column 0 gives in this cycle.
    retired : Out(1)
        Pulses ``update_latency - 1`` cycles after a vector whose tag has ``last`` came from PE column 0: reads
        from the next cycle on see it, in all columns.
    read : In(WordReadSignature(words=depth, shape=ArrayLayout(signed(width), cols)))
        For the vector engine: one entry a cycle, ``read_latency`` cycles later.
    host : In(HostMemorySignature(bus_width))
        For the host, ``read_latency + 1`` cycles a read, while there are no other reads or updates: 4 bytes a column,
        those rounded up to a power of two and at least 2. Columns that do not exist read as zero; writes are ignored.

    Raises
    ------
    TypeError
        If a size is not an integer, or ``registered`` not a bool.
    ValueError
        If a size is not positive, ``pe_cols`` does not divide ``cols``, ``width`` is above 32, ``depth``
        is odd, or ``bus_width`` is not 32 or 64.
    """

    def __init__(
        self, *, cols: int, pe_cols: int, width: int, depth: int, bus_width: int, registered: bool = False
    ) -> None:
        self._cols = positive_integer("cols", cols)
        self._pe_cols = positive_integer("pe_cols", pe_cols)
        self._width = positive_integer("width", width)
        self._depth = positive_integer("depth", depth)
        if cols % pe_cols:
            raise ValueError(f"pe_cols must divide cols ({cols}), not {pe_cols!r}")
        if width > 8 * ACCUMULATOR_COLUMN_BYTES:
            raise ValueError(f"width must be at most {8 * ACCUMULATOR_COLUMN_BYTES}, not {width!r}")
        if depth % 2:
            raise ValueError(f"depth must be even, not {depth!r}")
        self._registered = boolean("registered", registered)
        vector = data.ArrayLayout(signed(width), cols)
        super().__init__(
            {
                "psums": In(vector),
                "psums_valid": In(cols // pe_cols),
                "tag": In(accumulator_tag_layout(depth)),
                "retired": Out(1),
                "read": In(WordReadSignature(words=depth, shape=vector)),
                "host": In(HostMemorySignature(bus_width)),
            }
        )

    @property
    def cols(self) -> int:
        """Columns of the array."""
        return self._cols

    @property
    def pe_cols(self) -> int:
        """Columns of a processing element."""
        return self._pe_cols

    @property
    def width(self) -> int:
        """Bits of a partial sum."""
        return self._width

    @property
    def depth(self) -> int:
        """Entries, both halves together."""
        return self._depth

    @property
    def registered(self) -> bool:
        """Whether there are registers in front of the memories and behind them."""
        return self._registered

    @property
    def read_latency(self) -> int:
        """Cycles from ``read.enable`` to ``read.data``."""
        return accumulator_read_latency(registered=self._registered)

    @property
    def update_latency(self) -> int:
        """Cycles from PE column 0's partial sums until reads see the vector in all columns."""
        return update_latency(pe_columns=self._cols // self._pe_cols, registered=self._registered)

    def elaborate(self, platform: object) -> Module:
        """Work out each vector's update once, pass it along the columns, and give the host its part."""
        m = Module()
        delay = int(self._registered)
        psums = delayed(m, self.psums, delay, reset_less=True)
        psums_valid = delayed(m, self.psums_valid, delay)
        update = self._update(m, psums_valid[0], delayed(m, self.tag, delay, reset_less=True))
        retires = self.tag.last & self.psums_valid[0]
        m.d.comb += self.retired.eq(delayed(m, retires, self.update_latency - 1))

        bus_bits = self.host.signature.bus_width
        entry_columns = max(2, power_of_two_at_least(self._cols))
        entry_bits = 8 * ACCUMULATOR_COLUMN_BYTES * entry_columns
        part_lsb = (bus_bits // 8).bit_length() - 1
        entry_lsb = (entry_bits // 8).bit_length() - 1
        read_upper, read_address = self._place(
            Mux(self.host.read, self.host.address[entry_lsb:], self.read.address)
        )
        read_enable = delayed(m, self.read.enable | self.host.read, delay)
        read_upper = delayed(m, read_upper, delay, reset_less=True)
        read_address = delayed(m, read_address, delay, reset_less=True)
        for index in range(self._cols // self._pe_cols):
            columns = range(index * self._pe_cols, (index + 1) * self._pe_cols)
            part = add_repeated(
                m,
                f"columns_{index}",
                platform,
                AccumulatorColumns,
                cols=self._pe_cols,
                width=self._width,
                half_depth=self._depth // 2,
                registered=self._registered,
            )
            m.d.comb += [
                part.valid.eq(psums_valid[index]),
                part.update.eq(update),
                part.read_enable.eq(read_enable),
                part.read_upper.eq(read_upper),
                part.read_address.eq(read_address),
            ]
            for i, col in enumerate(columns):
                m.d.comb += [part.psums[i].eq(psums[col]), self.read.data[col].eq(part.read_data[i])]
            update = part.next_update

        column_bits = 8 * ACCUMULATOR_COLUMN_BYTES
        entry = Cat(
            Cat(self.read.data[col], self.read.data[col][-1].replicate(column_bits - self._width))
            for col in range(self._cols)
        )
        entry = Cat(entry, Const(0, entry_bits - len(entry)))
        part_of_entry = Signal(entry_lsb - part_lsb)
        host_reading = Signal(self.read_latency)
        m.d.sync += [
            host_reading.eq(Cat(self.host.read, host_reading)),
            self.host.read_valid.eq(host_reading[-1]),
            self.host.read_data.eq(Mux(host_reading[-1], entry.word_select(part_of_entry, bus_bits), 0)),
        ]
        with m.If(self.host.read):
            m.d.sync += part_of_entry.eq(self.host.address[part_lsb:entry_lsb])
        return m

    def _update(self, m: Module, valid: Value, tag: Any) -> data.View:
        """What the first columns do with a vector."""
        now = Signal(update_layout(self._depth // 2, registered=self._registered))
        upper, address = self._place(tag.address)
        m.d.comb += [now.upper.eq(upper), now.address.eq(address), now.accumulate.eq(tag.accumulate)]
        entry: Value = tag.address
        for distance in range(len(now.same)):
            past_valid = Signal(name=f"past_valid_{distance + 1}")
            past_entry = Signal.like(entry, name=f"past_entry_{distance + 1}", reset_less=True)
            m.d.sync += [past_valid.eq(valid), past_entry.eq(entry)]
            m.d.comb += now.same[distance].eq(past_valid & (past_entry == tag.address))
            valid, entry = past_valid, past_entry
        return now

    def _place(self, entry: Value) -> tuple[Value, Value]:
        """Half of an entry, and its address there."""
        half = self._depth // 2
        if half & (half - 1) == 0:
            bit = half.bit_length() - 1
            return entry[bit], entry[:bit]
        upper = entry >= half
        return upper, Mux(upper, entry - half, entry)
