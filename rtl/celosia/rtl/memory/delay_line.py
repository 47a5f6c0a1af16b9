"""A delay of many cycles in a memory instead of registers."""

from typing import Any

from amaranth.hdl import Module, Mux, Shape, ShapeLike, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.delay import delayed
from celosia.rtl.memory.ram import Ram, address_bits
from celosia.rtl.parameter import integer


class DelayLine(wiring.Component):
    """Delays a value by a fixed number of cycles, in a small circular memory.

    FPGAs have memories of 16 words that are as small as a few registers; those that have not spend a block RAM on 16
    bits, where registers would take a logic cell for each bit and cycle. No word is read in the cycle in which it
    is written.

    Parameters
    ----------
    shape : ShapeLike
        Format of the value.
    cycles : int
        Cycles from ``input`` to ``output``.

    Members
    -------
    input : In(shape)
        The value.
    output : Out(shape)
        The value ``cycles`` cycles ago. A reset does not clear what is under way: use it for data only.

    Raises
    ------
    TypeError
        If ``cycles`` is not an integer.
    ValueError
        If ``cycles`` is below 2.
    """

    def __init__(self, *, shape: ShapeLike, cycles: int) -> None:
        if integer("cycles", cycles) < 2:
            raise ValueError(f"cycles must be at least 2, not {cycles!r}")
        self._shape = shape
        self._cycles = cycles
        super().__init__({"input": In(shape), "output": Out(shape)})

    @property
    def shape(self) -> ShapeLike:
        """Format of the value."""
        return self._shape

    @property
    def cycles(self) -> int:
        """Cycles from ``input`` to ``output``."""
        return self._cycles

    def elaborate(self, platform: object) -> Module:
        """Write one place, and read the next, which is overwritten in the following cycle."""
        m = Module()
        m.submodules.ram = ram = Ram(width=Shape.cast(self._shape).width, depth=self._cycles, reads_old=False)
        place = Signal(address_bits(self._cycles))
        following = Signal.like(place)
        m.d.comb += following.eq(Mux(place == self._cycles - 1, 0, place + 1))
        m.d.sync += place.eq(following)
        m.d.comb += [
            ram.write_address.eq(place),
            ram.write_data.eq(self.input),
            ram.write_enable.eq(1),
            ram.read_address.eq(following),
            ram.read_enable.eq(1),
            self.output.eq(ram.read_data),
        ]
        return m


#: Delays that are registers: a memory with its counter is no smaller.
LONGEST_OF_REGISTERS = 3
#: Longest delay of one memory: on many FPGAs, a logic cell has 16 bits of it.
LONGEST_OF_MEMORY = 16


def delayed_data(m: Module, name: str, signal: Any, cycles: int) -> Any:
    """``signal`` as it was ``cycles`` cycles ago, by the means that take least; a reset does not clear it.

    Up to 16 cycles of more than 3 are a :class:`DelayLine`, the submodule ``name``; registers are the rest.
    """
    if cycles > LONGEST_OF_REGISTERS:
        line = DelayLine(shape=signal.shape(), cycles=min(cycles, LONGEST_OF_MEMORY))
        m.submodules[name] = line
        m.d.comb += line.input.eq(signal)
        signal, cycles = line.output, cycles - line.cycles
    return delayed(m, signal, cycles)
