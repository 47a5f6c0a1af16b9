"""The weight memory's port, which DEPTHWISE takes from MATRIX whenever it reads."""

from bisect import bisect_right


class WeightPort:
    """The cycles in which DEPTHWISE reads weights, as far as they are known: MATRIX's loader waits in them."""

    def __init__(self) -> None:
        self._first: list[int] = []
        self._behind: list[int] = []

    def take(self, first: int, count: int) -> None:
        """DEPTHWISE reads in ``count`` cycles from ``first`` on, after all reads before."""
        self._first.append(first)
        self._behind.append(first + count)

    def is_free(self, cycle: int) -> bool:
        """Whether no read is known in ``cycle`` or later."""
        return not self._behind or self._behind[-1] <= cycle

    def loaded(self, start: int, count: int) -> int:
        """The cycle by which MATRIX has read ``count`` words, if it begins in ``start``."""
        end = start + count
        for place in range(bisect_right(self._behind, start), len(self._first)):
            if self._first[place] >= end:
                break
            end += self._behind[place] - max(self._first[place], start)
        return end
