"""What benches rely on refuses to pass when something was not looked at."""

import pytest

from celosia.rtl.memory.double_buffer import DoubleBuffer
from celosia.runtime.simulation import SimulationFailure
from sim_tests.support import run_bench
from sim_tests.support.coverage import Coverage


def test_a_bench_without_cases_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^cases must be positive, not 0: a bench without tests cannot fail$"
    ):
        run_bench(DoubleBuffer(width=1, depth=1), "sim_tests.units.bench_double_buffer", cases=0)


def test_a_module_without_tests_is_refused() -> None:
    with pytest.raises(SimulationFailure, match=r"failed: 1 tests were expected, 0 ran|left no results"):
        run_bench(DoubleBuffer(width=1, depth=1), "sim_tests.support.coverage", cases=1, simulator="icarus")


def _meet_full_only(*situations: str) -> None:
    with Coverage(*situations) as cover:
        cover.met("full")
        if "blocked" in situations:
            cover.met("blocked", False)


def test_situations_that_never_came_up_are_named() -> None:
    with pytest.raises(AssertionError, match=r"^the bench never met: empty, blocked$"):
        _meet_full_only("full", "empty", "blocked")


def test_complete_coverage_passes() -> None:
    with Coverage("full", "empty") as cover:
        cover.met("full")
        cover.met("empty", True)
    assert cover.counts == {"full": 1, "empty": 1}


def test_a_failure_is_not_hidden_by_what_was_missed() -> None:
    with pytest.raises(KeyError, match="half"), Coverage("full") as cover:
        cover.met("half")


def test_coverage_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^situations must name at least one, not \(\)$"):
        Coverage()
