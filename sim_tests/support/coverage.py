"""Functional coverage: which of the situations that a bench is about really came up."""

from types import TracebackType
from typing import Self


class Coverage:
    """A list of situations, each of which must be met at least once; use it as a context manager.

    Leaving the context without an exception checks that all were met, so a bench cannot forget to.

    Parameters
    ----------
    situations : str
        Their names.
    """

    def __init__(self, *situations: str) -> None:
        if not situations:
            raise ValueError("situations must name at least one, not ()")
        self._counts = dict.fromkeys(situations, 0)

    @property
    def counts(self) -> dict[str, int]:
        """How often each situation was met."""
        return dict(self._counts)

    def met(self, situation: str, happened: bool = True) -> None:
        """Count a situation if it ``happened``; ``KeyError`` if it is not one of the list."""
        self._counts[situation] += bool(happened)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        missed = [situation for situation, count in self._counts.items() if not count]
        if kind is None and missed:
            raise AssertionError(f"the bench never met: {', '.join(missed)}")
