"""How a build tells what it is doing; the terminal is only one of those who may listen."""

from typing import Protocol


class Progress(Protocol):
    """Listens to a build."""

    def begin(self, step: str) -> None:
        """A step begins, such as ``synthesising``."""

    def end(self, step: str, seconds: float, *, cached: bool) -> None:
        """It has ended; ``cached`` if its result was there already."""


class Silent:
    """Tells nobody."""

    def begin(self, step: str) -> None:
        """Do nothing."""

    def end(self, step: str, seconds: float, *, cached: bool) -> None:
        """Do nothing."""
