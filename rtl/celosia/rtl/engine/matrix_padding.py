"""Puts the padding value into the lanes of an activation vector that lie outside the image."""

from amaranth.hdl import Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.delay import delayed
from celosia.rtl.parameter import positive_integer


class Padding(wiring.Component):
    """Replaces lanes of what the scratchpad returns, one vector a cycle, never stalling.

    Parameters
    ----------
    rows : int
        Lanes of a vector.
    read_latency : int
        Cycles from ``first``, ``end`` and ``value`` to the ``bytes`` they are for.

    Members
    -------
    first, end : In(range(rows + 1))
        Lanes ``first <= i < end`` keep their byte.
    value : In(signed(8))
        What the other lanes get.
    bytes : In(ArrayLayout(unsigned(8), rows))
        What was read, ``read_latency`` cycles later.
    activations : Out(ArrayLayout(signed(8), rows))
        The vector, ``latency`` cycles after ``first``, ``end`` and ``value``.

    Raises
    ------
    TypeError
        If a parameter is not an integer.
    ValueError
        If a parameter is not positive.
    """

    def __init__(self, *, rows: int, read_latency: int) -> None:
        self._rows = positive_integer("rows", rows)
        self._read_latency = positive_integer("read_latency", read_latency)
        super().__init__(
            {
                "first": In(range(rows + 1)),
                "end": In(range(rows + 1)),
                "value": In(signed(8)),
                "bytes": In(data.ArrayLayout(unsigned(8), rows)),
                "activations": Out(data.ArrayLayout(signed(8), rows)),
            }
        )

    @property
    def rows(self) -> int:
        """Lanes of a vector."""
        return self._rows

    @property
    def read_latency(self) -> int:
        """Cycles of the read before this."""
        return self._read_latency

    @property
    def latency(self) -> int:
        """Cycles from a request to its padded vector: the read, and one to replace."""
        return self._read_latency + 1

    def elaborate(self, platform: object) -> Module:
        """Turn the range into a mask while the read is under way, then choose lane by lane."""
        m = Module()
        first = delayed(m, self.first, self._read_latency - 1)
        end = delayed(m, self.end, self._read_latency - 1)
        value = delayed(m, self.value, self._read_latency)
        kept = Signal(self._rows)
        activations = Signal(self.activations.shape(), reset_less=True)
        m.d.comb += self.activations.eq(activations)
        for lane in range(self._rows):
            m.d.sync += [
                kept[lane].eq((first <= lane) & (end > lane)),
                activations[lane].eq(Mux(kept[lane], self.bytes[lane], value)),
            ]
        return m
