"""Streams of a design under test, all of them driven and watched in one loop over the cycles."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge

from sim_tests.support.coverage import Coverage

#: Situations that :func:`exchange` can count, for a bench's :class:`Coverage`.
BACK_TO_BACK, STARVED, BLOCKED = "back-to-back results", "a starved input", "a blocked output"

Transfer = tuple[int, int]
"""Cycle and payload."""


@dataclass
class Traffic:
    """How busy the streams are, and for how long to wait."""

    random: np.random.Generator
    idle: float = 0.0
    """Probability, in each cycle, that an input without an offer stays without."""
    stall: float = 0.0
    """Probability, in each cycle, that an output is not ready."""
    patience: int = 2000
    """Cycles without any transfer after which the design counts as stuck."""
    coverage: Coverage | None = None
    each_cycle: Callable[[], None] | None = None
    """Called in the middle of each cycle, when all signals have settled."""


@dataclass
class _Input:
    payloads: Sequence[int]
    taken: list[Transfer] = field(default_factory=list)
    offered: bool = False


@dataclass
class _Output:
    count: int
    taken: list[Transfer] = field(default_factory=list)
    pending: int | None = None


async def exchange(
    dut: Any, inputs: Mapping[str, Sequence[int]], outputs: Mapping[str, int], traffic: Traffic
) -> dict[str, list[Transfer]]:
    """Send all payloads into the input streams and take so many from the output streams, at any pace.

    Call it just after a rising edge. Returns, for each stream, every transfer's cycle (from 0 on) and payload.
    Fails if an output withdraws or changes an offer, or if nothing moves any more.
    """
    sources = {name: _Input(payloads) for name, payloads in inputs.items()}
    sinks = {name: _Output(count) for name, count in outputs.items()}
    now = last = 0
    while any(len(source.taken) < len(source.payloads) for source in sources.values()) or any(
        len(sink.taken) < sink.count for sink in sinks.values()
    ):
        for name, source in sources.items():
            _offer(dut, name, source, traffic)
        accepting = {
            name: len(sink.taken) < sink.count and traffic.random.random() >= traffic.stall
            for name, sink in sinks.items()
        }
        for name, ready in accepting.items():
            getattr(dut, f"{name}__ready").value = ready
        await FallingEdge(dut.clk)
        if traffic.each_cycle is not None:
            traffic.each_cycle()
        moved = [_watch_input(dut, name, source, now) for name, source in sources.items()]
        moved += [
            _watch_output(dut, name, sink, accepting[name], now, traffic.coverage)
            for name, sink in sinks.items()
        ]
        if traffic.coverage is not None:
            starved = any(not s.offered and len(s.taken) < len(s.payloads) for s in sources.values())
            _note(traffic.coverage, STARVED, starved)
        for source, taken in zip(sources.values(), moved, strict=False):
            source.offered = source.offered and not taken
        if any(moved):
            last = now
        assert now - last < traffic.patience, _stuck(sources, sinks)
        await RisingEdge(dut.clk)
        now += 1
    for name in inputs:
        getattr(dut, f"{name}__valid").value = 0
    for name in outputs:
        getattr(dut, f"{name}__ready").value = 0
    return {name: stream.taken for name, stream in (sources | sinks).items()}


async def expect_silence(dut: Any, outputs: Sequence[str], cycles: int) -> None:
    """Check that no output offers anything for so many cycles."""
    for _ in range(cycles):
        await FallingEdge(dut.clk)
        for name in outputs:
            assert not int(getattr(dut, f"{name}__valid").value), f"{name} offers more than it should"
        await RisingEdge(dut.clk)


def _offer(dut: Any, name: str, source: _Input, traffic: Traffic) -> None:
    left = len(source.taken) < len(source.payloads)
    if left and not source.offered and traffic.random.random() >= traffic.idle:
        source.offered = True
        getattr(dut, f"{name}__payload").value = source.payloads[len(source.taken)]
    getattr(dut, f"{name}__valid").value = source.offered


def _watch_input(dut: Any, name: str, source: _Input, now: int) -> bool:
    if not (source.offered and int(getattr(dut, f"{name}__ready").value)):
        return False
    source.taken.append((now, source.payloads[len(source.taken)]))
    return True


def _watch_output(
    dut: Any, name: str, sink: _Output, ready: bool, now: int, coverage: Coverage | None
) -> bool:
    valid = int(getattr(dut, f"{name}__valid").value)
    assert valid or sink.pending is None, f"{name} withdrew an offer in cycle {now}"
    if not valid:
        return False
    payload = int(getattr(dut, f"{name}__payload").value)
    assert sink.pending in (None, payload), f"{name} changed an offer in cycle {now}"
    sink.pending = None if ready else payload
    if coverage is not None:
        _note(coverage, BLOCKED, not ready)
        _note(coverage, BACK_TO_BACK, bool(ready and sink.taken and sink.taken[-1][0] == now - 1))
    if ready:
        sink.taken.append((now, payload))
    return ready


def _note(coverage: Coverage, situation: str, happened: bool) -> None:
    """A bench lists those of the streams' situations that its design can get into."""
    if situation in coverage.counts:
        coverage.met(situation, happened)


def _stuck(sources: Mapping[str, _Input], sinks: Mapping[str, _Output]) -> str:
    sent = ", ".join(f"{name} {len(s.taken)} of {len(s.payloads)}" for name, s in sources.items())
    taken = ", ".join(f"{name} {len(s.taken)} of {s.count}" for name, s in sinks.items())
    return f"nothing moves any more: sent {sent}; took {taken}"
