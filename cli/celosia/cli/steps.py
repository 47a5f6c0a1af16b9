"""Shows the steps of a long job, and steps of those, as they come and go, each with its time."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Steps:
    """A line for each step; the present ones with a running clock if someone watches the terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def begin(self, step: str) -> None:
        """Show that a step goes on."""
        if not self._console.is_terminal:
            self._console.print(f"{step} ...", highlight=False)
        self._tasks[step] = self._progress.add_task(step, total=None)

    def end(self, step: str, seconds: float, *, cached: bool) -> None:
        """Show how long it took."""
        self._progress.remove_task(self._tasks.pop(step))
        took = "found in the cache" if cached else f"{seconds:.0f} s"
        self._console.print(f"{step}: {took}", highlight=False)
