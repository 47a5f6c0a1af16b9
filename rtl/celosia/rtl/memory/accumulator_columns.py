"""The accumulators of one column of processing elements."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.memory.ram import Ram, address_bits

#: Cycles from partial sums to the cycle from which reads see the result: read, align, add, write.
UPDATE_LATENCY = 4


def update_layout(half_depth: int) -> data.StructLayout:
    """What is done with a vector of partial sums.

    ``upper`` is the half, ``address`` the entry in it. ``accumulate`` adds to the entry, otherwise it is
    overwritten. Bit d - 1 of ``same`` says that there was a vector d cycles ago and that it was for the same
    entry: those that have not reached the memory when this one reads it.
    """
    return data.StructLayout(
        {"upper": 1, "address": address_bits(half_depth), "accumulate": 1, "same": UPDATE_LATENCY - 1}
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

    Members
    -------
    psums : In(ArrayLayout(signed(width), cols))
        A vector of partial sums.
    valid : In(1)
        There is one in this cycle; reads see the result ``UPDATE_LATENCY`` cycles later.
    update : In(update_layout(half_depth))
        What to do with it.
    next_update : Out(update_layout(half_depth))
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

    #: Cycles from ``read_enable`` to ``read_data``: the memory, and a register behind the choice of a half.
    read_latency = Ram.read_latency + 1

    def __init__(self, *, cols: int, width: int, half_depth: int) -> None:
        self._half_depth = half_depth
        vector = data.ArrayLayout(signed(width), cols)
        update = update_layout(half_depth)
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

    def elaborate(self, platform: object) -> Module:
        """Build the memories, then the update's stages; a register's number is its stage."""
        m = Module()
        vector = self.psums.shape()
        valid_1, valid_2, valid_3 = (Signal(name=f"valid_{stage}") for stage in (1, 2, 3))
        update_1, update_2, update_3 = (
            Signal(self.update.shape(), name=f"update_{stage}", reset_less=True) for stage in (1, 2, 3)
        )
        psums_1, psums_2, entry_2, sums_3, sums_4 = (
            Signal(vector, name=name, reset_less=True)
            for name in ("psums_1", "psums_2", "entry_2", "sums_3", "sums_4")
        )
        m.d.comb += self.next_update.eq(update_1)
        m.d.sync += [
            valid_1.eq(self.valid),
            valid_2.eq(valid_1),
            valid_3.eq(valid_2),
            update_1.eq(self.update),
            update_2.eq(update_1),
            update_3.eq(update_2),
            psums_1.eq(self.psums),
            psums_2.eq(psums_1),
            sums_4.eq(sums_3),
        ]

        # Stage 0 reads the entry; stage 3 writes the sum.
        halves = []
        for upper, name in enumerate(("lower", "upper")):
            # A sum that is being written while its entry is read is taken from its way to the memory.
            m.submodules[name] = ram = Ram(width=vector.size, depth=self._half_depth, reads_old=False)
            updating = Signal(name=f"updating_{name}")
            m.d.comb += [
                updating.eq(self.valid & (self.update.upper == upper)),
                ram.read_enable.eq(updating | (self.read_enable & (self.read_upper == upper))),
                ram.read_address.eq(Mux(updating, self.update.address, self.read_address)),
                ram.write_enable.eq(valid_3 & (update_3.upper == upper)),
                ram.write_address.eq(update_3.address),
                ram.write_data.eq(sums_3),
            ]
            halves.append(ram.read_data)

        # Stage 1: the entry, or what the vectors two and three cycles ago are about to make of it.
        m.d.sync += entry_2.eq(0)
        with m.If(update_1.accumulate):
            with m.If(update_1.same[1]):
                m.d.sync += entry_2.eq(sums_3)
            with m.Elif(update_1.same[2]):
                m.d.sync += entry_2.eq(sums_4)
            with m.Else():
                m.d.sync += entry_2.eq(Mux(update_1.upper, halves[1], halves[0]))

        # Stage 2: the sum; the vector one cycle ago has just got its own.
        for col in range(self.cols):
            addend = Mux(update_2.accumulate & update_2.same[0], sums_3[col], entry_2[col])
            m.d.sync += sums_3[col].eq(psums_2[col] + addend)

        reading = Signal()
        reading_upper = Signal()
        m.d.sync += [reading.eq(self.read_enable), reading_upper.eq(self.read_upper)]
        entry = Signal(vector, reset_less=True)
        with m.If(reading):
            m.d.sync += entry.eq(Mux(reading_upper, halves[1], halves[0]))
        m.d.comb += self.read_data.eq(entry)
        return m
