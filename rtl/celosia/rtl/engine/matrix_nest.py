"""Counts the iterations of nested loops."""

from collections.abc import Sequence

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out


class LoopNest(wiring.Component):
    """Tells, step by step, which loop of a nest goes on; one counter a loop, no product of their counts.

    Parameters
    ----------
    widths : sequence of int
        Bits of each loop's count, innermost loop first.

    Members
    -------
    load : In(1)
        Begin a nest in the next cycle; wins over ``step``.
    counts : In(StructLayout of members "0", "1", ...)
        Iterations of each loop, innermost first; each at least 1. Read with ``load``.
    step : In(1)
        Go to the nest's next iteration in the next cycle.
    turn : Out(levels)
        One-hot, the loop that ``step`` would take to its next iteration: the innermost that has one left. Zero
        in the nest's last iteration. Does not depend on ``step``.
    last : Out(1)
        This is the nest's last iteration.

    Raises
    ------
    TypeError
        If a width is not an integer.
    ValueError
        If there is no width, or one is not positive.
    """

    def __init__(self, *, widths: Sequence[int]) -> None:
        if not widths:
            raise ValueError(f"widths must hold at least one width, not {widths!r}")
        for width in widths:
            if not isinstance(width, int):
                raise TypeError(f"widths must be integers, not {width!r}")
            if width < 1:
                raise ValueError(f"widths must be positive, not {width!r}")
        self._widths = tuple(widths)
        super().__init__(
            {
                "load": In(1),
                "counts": In(data.StructLayout({str(i): width for i, width in enumerate(widths)})),
                "step": In(1),
                "turn": Out(len(widths)),
                "last": Out(1),
            }
        )

    @property
    def widths(self) -> tuple[int, ...]:
        """Bits of each loop's count, innermost loop first."""
        return self._widths

    def elaborate(self, platform: object) -> Module:
        """Build a count and a down counter a loop."""
        m = Module()
        counts = Signal(self.counts.shape())
        left = Signal(self.counts.shape())
        following = Signal(self.counts.shape())
        ends = Signal(len(self._widths))
        with m.If(self.load):
            m.d.sync += counts.eq(self.counts)
        for level in range(len(self._widths)):
            key = str(level)
            inner_end = ends[:level].all() if level else True
            m.d.comb += [
                ends[level].eq(left[key] == 1),
                self.turn[level].eq(inner_end & ~ends[level]),
                following[key].eq(Mux(self.turn[level + 1 :].any(), counts[key], left[key] - 1)),
            ]
            with m.If(self.load | (self.step & self.turn[level:].any())):
                m.d.sync += left[key].eq(Mux(self.load, self.counts[key], following[key]))
        m.d.comb += self.last.eq(ends.all())
        return m
