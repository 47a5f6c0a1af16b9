"""Counts the iterations of nested loops."""

from collections.abc import Sequence

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.parameter import boolean


class LoopNest(wiring.Component):
    """Tells, step by step, which loop of a nest goes on; one counter a loop, no product of their counts.

    Parameters
    ----------
    widths : sequence of int
        Bits of each loop's count, innermost loop first.
    holds : bool
        Whether the counts are held here; otherwise ``counts`` has to stay until the nest is over.

    Members
    -------
    load : In(1)
        With ``step``: begin a nest in the next cycle, instead of going on.
    counts : In(StructLayout of members "0", "1", ...)
        Iterations of each loop, innermost first; each at least 1. Read with ``load``, if they are held.
    step : In(1)
        Go to the nest's next iteration in the next cycle. May come later in a cycle than all else.
    turn : Out(levels)
        One-hot, the loop that ``step`` would take to its next iteration: the innermost that has one left. Zero
        in the nest's last iteration. Does not depend on ``step``.
    last : Out(1)
        This is the nest's last iteration.

    Raises
    ------
    TypeError
        If a width is not an integer, or ``holds`` not a bool.
    ValueError
        If there is no width, or one is not positive.
    """

    def __init__(self, *, widths: Sequence[int], holds: bool = True) -> None:
        if not widths:
            raise ValueError(f"widths must hold at least one width, not {widths!r}")
        for width in widths:
            if not isinstance(width, int):
                raise TypeError(f"widths must be integers, not {width!r}")
            if width < 1:
                raise ValueError(f"widths must be positive, not {width!r}")
        self._widths = tuple(widths)
        self._holds = boolean("holds", holds)
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

    @property
    def holds(self) -> bool:
        """Whether the counts are held here."""
        return self._holds

    def elaborate(self, platform: object) -> Module:
        """Build a count and a down counter a loop."""
        m = Module()
        ends = Signal(len(self._widths))
        for level, width in enumerate(self._widths):
            begins = self.load | self.turn[level + 1 :].any()
            offered = self.counts[str(level)]
            # What the loop's later iterations have left, less one: below zero in the last, so its end is a sign.
            left = Signal(signed(width + 1), name=f"left_{level}")
            m.d.comb += [
                ends[level].eq(left < 0),
                self.turn[level].eq(ends[:level].all() & ~ends[level]),
            ]
            count = offered
            if self._holds:
                held = Signal(width, name=f"count_{level}")
                with m.If(self.step & self.load):
                    m.d.sync += held.eq(offered)
                count = Mux(self.load, offered, held)
            with m.If(self.step & (begins | self.turn[level])):
                m.d.sync += left.eq(Mux(begins, count, left) + Mux(begins, -2, -1))
        m.d.comb += self.last.eq(ends.all())
        return m
