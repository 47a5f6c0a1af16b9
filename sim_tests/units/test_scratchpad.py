# amaranth: UnusedElaboratable=no
"""Scratchpad: banks, word sizes and read widths at their corners, in simulation; and what it refuses."""

from typing import Any, Literal

import pytest

from celosia.rtl.memory.scratchpad import Scratchpad
from celosia.rtl.memory.scratchpad_arbiter import BankArbiter
from celosia.rtl.memory.scratchpad_port import ScratchpadReadSignature, ScratchpadWriteSignature
from sim_tests.support import run_bench

Simulator = Literal["verilator", "icarus"]

SMALL = {
    "total_bytes": 96,
    "banks": 2,
    "word_bytes": 4,
    "read_widths": [4, 1],
    "write_width": 1,
    "bus_width": 32,
}


def parameters(**changes: Any) -> dict[str, Any]:
    """The small scratchpad's parameters, but for the given ones."""
    return {**SMALL, **changes}


@pytest.mark.parametrize(
    ("changes", "simulator"),
    [
        ({}, "icarus"),
        ({"total_bytes": 8, "read_widths": [3]}, "icarus"),
        ({"total_bytes": 320, "word_bytes": 8, "read_widths": [5, 3], "write_width": 3}, "verilator"),
        (
            {
                "total_bytes": 832,
                "banks": 4,
                "word_bytes": 16,
                "read_widths": [9, 16],
                "write_width": 8,
                "bus_width": 64,
            },
            "verilator",
        ),
        ({"total_bytes": 512, "banks": 8, "read_widths": [3, 2, 4], "write_width": 4}, "verilator"),
        ({"registered": True}, "icarus"),
        (
            {
                "total_bytes": 512,
                "banks": 8,
                "read_widths": [3, 2, 4],
                "write_width": 4,
                "registered": True,
            },
            "verilator",
        ),
    ],
    ids=["2x4", "one-reader", "2x8", "4x16", "8x4", "2x4-registered", "8x4-registered"],
)
def test_scratchpad(changes: dict[str, Any], simulator: Simulator) -> None:
    """Every answer equals that of an array of bytes."""
    given = parameters(**changes)
    scratchpad = Scratchpad(**given)
    run_bench(
        scratchpad,
        "sim_tests.units.bench_scratchpad",
        cases=6,
        parameters={**given, "read_latency": scratchpad.read_latency},
        simulator=simulator,
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"banks": 3}, r"^banks must be a power of two and at least 2, not 3$"),
        ({"banks": 1}, r"^banks must be a power of two and at least 2, not 1$"),
        ({"word_bytes": 12}, r"^word_bytes must be a power of two and at least 1, not 12$"),
        ({"read_widths": [4, 5]}, r"^word_bytes must be at least 5, the widest access, not 4$"),
        ({"bus_width": 64}, r"^word_bytes must be at least 8, the widest access, not 4$"),
        ({"write_width": 0}, r"^width must be positive, not 0$"),
        ({"read_widths": []}, r"^read_widths must name at least one reader, not \[\]$"),
        (
            {"total_bytes": 100},
            r"^total_bytes must be a multiple of 8 \(banks \* word_bytes\) in 8\.\.16777216, not 100$",
        ),
        (
            {"total_bytes": 0},
            r"^total_bytes must be a multiple of 8 \(banks \* word_bytes\) in 8\.\.16777216, not 0$",
        ),
        ({"bus_width": 16}, r"^bus_width must be 32 or 64, not 16$"),
    ],
)
def test_refused_values(changes: dict[str, Any], message: str) -> None:
    """Sizes that cannot be built are named."""
    with pytest.raises(ValueError, match=message):
        Scratchpad(**parameters(**changes))


@pytest.mark.parametrize("name", ["total_bytes", "banks", "word_bytes", "write_width"])
def test_refused_types(name: str) -> None:
    """Every size must be an integer."""
    with pytest.raises(TypeError, match=r" must be an integer, not '4'$"):
        Scratchpad(**parameters(**{name: "4"}))


def test_refused_arbiter() -> None:
    """An arbiter without readers or banks makes no sense."""
    with pytest.raises(ValueError, match=r"^readers must be positive, not 0$"):
        BankArbiter(readers=0, banks=2)
    with pytest.raises(TypeError, match=r"^banks must be an integer, not 2\.0$"):
        BankArbiter(readers=2, banks=2.0)  # type: ignore[arg-type] # on purpose


def test_signatures_compare_by_width() -> None:
    """Ports of the same width are interchangeable, others are not."""
    assert ScratchpadReadSignature(4, banks=2) == ScratchpadReadSignature(4, banks=2)
    assert ScratchpadReadSignature(4, banks=2) != ScratchpadReadSignature(5, banks=2)
    assert ScratchpadReadSignature(4, banks=2) != ScratchpadReadSignature(4, banks=4)
    assert ScratchpadWriteSignature(4) == ScratchpadWriteSignature(4) != ScratchpadWriteSignature(5)
    assert ScratchpadReadSignature(4, banks=2) != ScratchpadWriteSignature(4)
