"""Double buffer and buffet: sizes; and what they refuse."""

import pytest

from celosia.rtl.memory.buffet import Buffet
from celosia.rtl.memory.double_buffer import DoubleBuffer
from sim_tests.support import run_bench


@pytest.mark.parametrize(("width", "depth"), [(1, 1), (8, 5), (20, 16)])
def test_double_buffer(width: int, depth: int) -> None:
    """Depths that are powers of two, and that are not."""
    run_bench(
        DoubleBuffer(width=width, depth=depth),
        "sim_tests.units.bench_double_buffer",
        cases=3,
        parameters={"width": width, "depth": depth},
        simulator="icarus",
    )


@pytest.mark.parametrize(
    ("width", "depth", "updates"), [(4, 1, True), (1, 3, True), (8, 5, True), (33, 8, True), (8, 6, False)]
)
def test_buffet(width: int, depth: int, updates: bool) -> None:
    """Depths that are powers of two, and that are not; with updates and without."""
    run_bench(
        Buffet(width=width, depth=depth, updates=updates),
        "sim_tests.units.bench_buffet",
        cases=3,
        parameters={"width": width, "depth": depth, "updates": updates},
        simulator="icarus",
    )


@pytest.mark.parametrize("kind", [Buffet, DoubleBuffer])
def test_refused(kind: type[Buffet | DoubleBuffer]) -> None:
    """Sizes that make no sense are named."""
    with pytest.raises(ValueError, match=r"^depth must be positive, not 0$"):
        kind(width=8, depth=0)
    with pytest.raises(TypeError, match=r"^width must be an integer, not 8\.0$"):
        kind(width=8.0, depth=4)  # type: ignore[arg-type] # on purpose
