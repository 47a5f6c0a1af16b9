"""Every bench of a unit counts the corners it is about, and resets the unit in mid-flight."""

from pathlib import Path

import pytest

BENCHES = sorted((Path(__file__).parents[2] / "sim_tests" / "units").glob("bench_*.py"))

#: Benches without a list of corners, and why they need none.
WITHOUT_CORNERS = {
    "bench_memory_contents": "reads all words",
    "bench_products_checker": "goes through all operands",
    "bench_ram_collisions": "goes through all words",
    "bench_vector_functions": "runs tests of bench_vector",
}

#: Benches without a reset in mid-flight, and why.
NOT_RESET = {
    "bench_axi": "bench_system_bus resets the same design",
    "bench_dot_product": "a pipeline of data, without control",
    "bench_memory_contents": "bench_word_memory resets the same units",
    "bench_products": "likewise",
    "bench_products_checker": "likewise",
    "bench_ram_collisions": "bench_ram resets the same unit",
    "bench_vector_functions": "bench_vector resets the same unit",
    "bench_zero_gate": "registers of data, without control",
}


@pytest.mark.parametrize("bench", BENCHES, ids=lambda bench: bench.stem)
def test_corners_are_counted(bench: Path) -> None:
    """Or there is a reason."""
    assert ("Coverage(" in bench.read_text(encoding="utf-8")) != (bench.stem in WITHOUT_CORNERS)


@pytest.mark.parametrize("bench", BENCHES, ids=lambda bench: bench.stem)
def test_reset_in_flight(bench: Path) -> None:
    """Or there is a reason."""
    text = bench.read_text(encoding="utf-8")
    assert ("async def reset" in text or "a reset beside" in text) != (bench.stem in NOT_RESET)
