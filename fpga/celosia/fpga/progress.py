"""How a build tells what it is doing; the terminal is only one of those who may listen."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Listens to a build."""

    def begin(self, step: str) -> None:
        """A step begins, such as ``synthesising``, perhaps within another one."""

    def end(self, step: str, seconds: float, *, cached: bool) -> None:
        """It has ended; ``cached`` if its result was there already."""


class Silent:
    """Tells nobody."""

    def begin(self, step: str) -> None:
        """Do nothing."""

    def end(self, step: str, seconds: float, *, cached: bool) -> None:
        """Do nothing."""


@contextmanager
def reported(listener: Progress, title: str) -> Iterator[None]:
    """Tell a listener of what is done inside; of its end only if it succeeds."""
    listener.begin(title)
    start = time.monotonic()
    yield
    listener.end(title, time.monotonic() - start, cached=False)
