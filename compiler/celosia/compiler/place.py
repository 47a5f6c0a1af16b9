"""Stage: an address for every buffer, such that no two that live at the same time overlap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from celosia.compiler.layers import Lowered, layer_buffers
from celosia.rtl.config import AcceleratorConfig


@dataclass(frozen=True)
class Lifetime:
    """Layers from the one that writes a buffer first (-1: the host) to the last that needs it."""

    first: int
    last: int

    def overlaps(self, other: "Lifetime") -> bool:
        """Whether both live during some layer."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Placement:
    """Addresses of all buffers, and the bytes of scratchpad that they span."""

    addresses: tuple[int, ...]
    peak: int


def place(lowered: Lowered, config: AcceleratorConfig, *, slack: int = 0) -> Placement:
    """Place buffers at whole scratchpad words, densely.

    Greedy best fit, as TFLite Micro's memory planner does it: largest buffer first, each into the smallest
    gap that is free throughout its life. Several orders are tried; the lowest peak wins. Lives are ``slack``
    layers longer than they need to be.
    """
    lifetimes = [replace(lifetime, last=lifetime.last + slack) for lifetime in buffer_lifetimes(lowered)]
    word = config.word_bytes
    sizes = [-(-buffer.size // word) * word for buffer in lowered.buffers]
    floor = _peak_demand(sizes, lifetimes)

    def length(index: int) -> int:
        return lifetimes[index].last - lifetimes[index].first + 1

    orders: tuple[Callable[[int], tuple[int, ...]], ...] = (
        lambda index: (-sizes[index], lifetimes[index].first),
        lambda index: (-sizes[index], -lifetimes[index].first),
        lambda index: (-sizes[index] * length(index), index),
        lambda index: (-length(index), -sizes[index]),
        lambda index: (-lifetimes[index].last, -sizes[index]),
    )
    best = _best_fit(range(len(sizes)), sizes, lifetimes)
    for order in orders:
        if best.peak == floor:
            break
        placement = _best_fit(sorted(range(len(sizes)), key=order), sizes, lifetimes)
        if placement.peak < best.peak:
            best = placement
    return best


def buffer_lifetimes(lowered: Lowered) -> tuple[Lifetime, ...]:
    """Lifetime of each buffer; constants live throughout, since the host writes them once, before the program."""
    end = len(lowered.layers)
    first = [end] * len(lowered.buffers)
    last = [-1] * len(lowered.buffers)

    def touch(buffer: int, time: int) -> None:
        first[buffer] = min(first[buffer], time)
        last[buffer] = max(last[buffer], time)

    for buffer in lowered.inputs:
        touch(buffer, -1)
    for number, layer in enumerate(lowered.layers):
        for buffer in layer_buffers(layer):
            touch(buffer, number)
    for buffer in lowered.outputs:
        touch(buffer, end)
    for buffer, content in enumerate(lowered.buffers):
        if content.constant is not None:
            touch(buffer, -1)
            touch(buffer, end)
    return tuple(Lifetime(*pair) for pair in zip(first, last, strict=True))


def _best_fit(order: Sequence[int], sizes: Sequence[int], lifetimes: Sequence[Lifetime]) -> Placement:
    addresses: dict[int, int] = {}
    for index in order:
        neighbours = sorted(
            (addresses[other], addresses[other] + sizes[other])
            for other in addresses
            if lifetimes[other].overlaps(lifetimes[index])
        )
        addresses[index] = _best_gap(neighbours, sizes[index])
    peak = max((addresses[index] + sizes[index] for index in addresses), default=0)
    return Placement(tuple(addresses[index] for index in range(len(sizes))), peak)


def _best_gap(taken: Sequence[tuple[int, int]], size: int) -> int:
    """Start of the smallest gap between sorted intervals that holds ``size``; the end if none does."""
    best, best_size, end = None, 0, 0
    for start, stop in taken:
        gap = start - end
        if gap >= size and (best is None or gap < best_size):
            best, best_size = end, gap
        end = max(end, stop)
    return end if best is None else best


def _peak_demand(sizes: Sequence[int], lifetimes: Sequence[Lifetime]) -> int:
    """Bytes alive at the worst time: no placement can need less."""
    return max(
        (
            sum(
                size
                for size, other in zip(sizes, lifetimes, strict=True)
                if other.first <= time <= other.last
            )
            for time in {lifetime.first for lifetime in lifetimes}
        ),
        default=0,
    )
