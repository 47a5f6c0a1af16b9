"""Delay lines: what a fixed-latency pipeline carries beside its data."""

from typing import Any

from amaranth.hdl import Module, Signal


def delayed(m: Module, signal: Any, cycles: int, *, reset_less: bool = False) -> Any:
    """``signal`` as it was ``cycles`` cycles ago, zero after reset unless ``reset_less``; itself for 0 cycles.

    ``signal`` is an Amaranth signal or a view of one; the registers are added to ``m``. Raises
    ``ValueError`` if ``cycles`` is negative.
    """
    if cycles < 0:
        raise ValueError(f"cycles must not be negative, not {cycles!r}")
    for _ in range(cycles):
        earlier, signal = signal, Signal(signal.shape(), reset_less=reset_less)
        m.d.sync += signal.eq(earlier)
    return signal
