"""The simulated hardware, with a display of its progress."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.rtl import RtlDevice


@contextmanager
def simulated_device(
    config: AcceleratorConfig,
    console: Console,
    *,
    wave: Path | None = None,
    profile: bool = False,
    label: str = "simulating",
) -> Iterator[RtlDevice]:
    """An open :class:`~celosia.runtime.rtl.RtlDevice`; building it and waiting for it show on ``console``."""
    with console.status("building the simulator (once per configuration; about a minute for a large one)"):
        simulated = RtlDevice(config, wave=wave, profile=profile)
    columns = (
        TextColumn(label),
        BarColumn(),
        TextColumn("{task.completed} commands"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        simulated.on_wait = lambda retired: progress.update(task, completed=retired)
        with simulated:
            yield simulated
