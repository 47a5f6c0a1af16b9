"""The accumulators of one column of processing elements."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.delay import delayed
from celosia.rtl.memory.ram import Ram, address_bits


def columns_update_latency(*, registered: bool) -> int:
    """Cycles from partial sums to the cycle from which reads see the result: read, align, add, write."""
    return 4 + registered


def columns_read_latency(*, registered: bool) -> int:
    """Cycles from asking for an entry to the entry: the memory, its register, and one behind the choice of a half."""
    return Ram.read_latency + registered + 1


def update_layout(half_depth: int, *, registered: bool) -> data.StructLayout:
    """What is done with a vector of partial sums.

    ``upper`` is the half, ``address`` the entry in it. ``accumulate`` adds to the entry, otherwise it is
    overwritten. Bit d - 1 of ``same`` says that there was a vector d cycles ago and that it was for the same
    entry: those that have not reached the memory when this one reads it.
    """
    return data.StructLayout(
        {
            "upper": 1,
            "address": address_bits(half_depth),
            "accumulate": 1,
            "same": columns_update_latency(registered=registered) - 1,
        }
    )


class AccumulatorColumns(wiring.Component):
    """Adds vectors of partial sums to the entries of two memories, and reads the memories' entries.

    A vector may come every cycle, for any entry: results that are not in the memory yet are forwarded. There
    is one memory for each half, with one read port; reads and updates of a cycle must be for different ones.

    Parameters
    ----------
    cols : int
        Columns of a processing element.
    width : int
        Bits of a partial sum.
    half_depth : int
        Entries of each half.
    registered : bool
        Whether a register follows what the memories read: block RAM may be slow, or far away.

    Members
    -------
    psums : In(ArrayLayout(signed(width), cols))
        A vector of partial sums.
    valid : In(1)
        There is one in this cycle; reads see the result ``columns_update_latency(registered=registered)`` cycles later.
    update : In(update_layout(half_depth, registered=registered))
        What to do with it.
    next_update : Out(update_layout(half_depth, registered=registered))
        ``update``, 1 cycle later: that of the next column of processing elements.
    read_enable : In(1)
        Read in this cycle.
    read_upper : In(1)
        Half to read.
    read_address : In(address bits)
        Entry to read.
    read_data : Out(ArrayLayout(signed(width), cols))
        The entry, ``read_latency`` cycles after ``read_enable``; holds until the next read.
    """

    def __init__(self, *, cols: int, width: int, half_depth: int, registered: bool = False) -> None:
        self._half_depth = half_depth
        self._registered = registered
        vector = data.ArrayLayout(signed(width), cols)
        update = update_layout(half_depth, registered=registered)
        super().__init__(
            {
                "psums": In(vector),
                "valid": In(1),
                "update": In(update),
                "next_update": Out(update),
                "read_enable": In(1),
                "read_upper": In(1),
                "read_address": In(address_bits(half_depth)),
                "read_data": Out(vector),
            }
        )

    @property
    def cols(self) -> int:
        """Columns of a processing element."""
        return int(self.psums.shape().length)

    @property
    def width(self) -> int:
        """Bits of a partial sum."""
        return int(self.psums.shape().elem_shape.width)

    @property
    def half_depth(self) -> int:
        """Entries of each half."""
        return self._half_depth

    @property
    def registered(self) -> bool:
        """Whether a register follows what the memories read."""
        return self._registered

    @property
    def read_latency(self) -> int:
        """Cycles from ``read_enable`` to ``read_data``."""
        return columns_read_latency(registered=self._registered)

    def elaborate(self, platform: object) -> Module:
        """Build the memories, then the update's stages."""
        m = Module()
        vector = self.psums.shape()
        aligned = Ram.read_latency + self._registered  # the stage that has what stage 0 reads
        added = aligned + 2  # the stage that has the sum, and writes it

        def stages(
            name: str, first: Any, last: int, *, begins: int = 0, has_reset: bool = False
        ) -> list[Any]:
            """``first`` and what it is in later stages: element s belongs to stage s."""
            values = [None] * begins + [first]
            for stage in range(begins + 1, last + 1):
                values.append(Signal(first.shape(), name=f"{name}_{stage}", reset_less=not has_reset))
                m.d.sync += values[stage].eq(values[stage - 1])
            return values

        valid = stages("valid", self.valid, added, has_reset=True)
        update = stages("update", self.update, added)
        psums = stages("psums", self.psums, aligned + 1)
        entry = Signal(vector, name=f"entry_{aligned + 1}", reset_less=True)
        # The sum of the vector d cycles ago is in stage `aligned + d` when that of this one is aligned.
        distances = range(2, len(self.update.same) + 1)
        sums = stages(
            "sums",
            Signal(vector, name=f"sums_{added}", reset_less=True),
            aligned + distances[-1],
            begins=added,
        )
        m.d.comb += self.next_update.eq(update[1])

        # Stage 0 reads the entry; the last one writes the sum.
        halves = []
        for upper, name in enumerate(("lower", "upper")):
            # A sum that is being written while its entry is read is taken from its way to the memory.
            m.submodules[name] = ram = Ram(width=vector.size, depth=self._half_depth, reads_old=False)
            updating = Signal(name=f"updating_{name}")
            m.d.comb += [
                updating.eq(self.valid & (self.update.upper == upper)),
                ram.read_enable.eq(updating | (self.read_enable & (self.read_upper == upper))),
                ram.read_address.eq(Mux(updating, self.update.address, self.read_address)),
                ram.write_enable.eq(valid[added] & (update[added].upper == upper)),
                ram.write_address.eq(update[added].address),
                ram.write_data.eq(sums[added]),
            ]
            halves.append(delayed(m, ram.read_data, int(self._registered), reset_less=True))

        # Aligned: the entry, or what the vectors two and more cycles ago are about to make of it.
        m.d.sync += entry.eq(0)
        with m.If(update[aligned].accumulate):
            m.d.sync += entry.eq(Mux(update[aligned].upper, halves[1], halves[0]))
            for distance in reversed(distances):
                with m.If(update[aligned].same[distance - 1]):
                    m.d.sync += entry.eq(sums[aligned + distance])

        # The sum; the vector one cycle ago has just got its own.
        last = update[aligned + 1]
        for col in range(self.cols):
            addend = Mux(last.accumulate & last.same[0], sums[added][col], entry[col])
            m.d.sync += sums[added][col].eq(psums[aligned + 1][col] + addend)

        reading = delayed(m, self.read_enable, aligned)
        reading_upper = delayed(m, self.read_upper, aligned)
        read = Signal(vector, reset_less=True)
        with m.If(reading):
            m.d.sync += read.eq(Mux(reading_upper, halves[1], halves[0]))
        m.d.comb += self.read_data.eq(read)
        return m
