"""Average pooling by one multiplication, and windows that the image cuts."""

import numpy as np
import pytest

from celosia.compiler.lower_reduction import LARGEST_AVERAGE, _spans, reciprocal


def halves_away_from_zero(total: int, count: int) -> int:
    magnitude = (2 * abs(total) + count) // (2 * count)
    return -magnitude if total < 0 else magnitude


def by_multiplication(total: int, count: int) -> int:
    multiplier, shift = reciprocal(count)
    assert 1 << 30 <= multiplier < 1 << 31
    right = 31 - shift
    return (total * multiplier + (1 << right - 1)) >> right


@pytest.mark.parametrize("count", [*range(1, 66), 81, 127, 128, 129, 144])
def test_every_sum_of_small_windows(count: int) -> None:
    for total in range(-128 * count, 127 * count + 1):
        assert by_multiplication(total, count) == halves_away_from_zero(total, count)


def test_hardest_sums_of_large_windows(rng: np.random.Generator) -> None:
    """Around each half-way point, where an error would show first."""
    counts = [LARGEST_AVERAGE - 1, 1 << 21, (1 << 21) + 1, 4095 * 1024]
    for count in [*counts, *rng.integers(1000, LARGEST_AVERAGE, 30).tolist()]:
        for quotient in [-128, -127, -1, 0, 1, 126, *rng.integers(-128, 127, 20).tolist()]:
            middle = (2 * quotient + 1) * count // 2
            for total in range(middle - 2, middle + 3):
                if -128 * count <= total <= 127 * count:
                    assert by_multiplication(total, count) == halves_away_from_zero(total, count)


def test_spans_cover_every_output_with_its_clipped_window(rng: np.random.Generator) -> None:
    for _ in range(200):
        size, window, stride = (int(rng.integers(1, high)) for high in (20, 8, 5))
        before, after = (int(rng.integers(0, window)) for _ in range(2))
        outputs = max(1, (size + before + after - window) // stride + 1)
        clipped = [
            (max(o * stride - before, 0), min(o * stride - before + window, size)) for o in range(outputs)
        ]
        found = [
            (span.start + turn * stride, span.start + turn * stride + span.size)
            for span in _spans(size, outputs, window, stride, before)
            for turn in range(span.count)
        ]
        assert found == clipped
