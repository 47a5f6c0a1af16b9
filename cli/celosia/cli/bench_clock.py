"""The clock by which ``celosia bench`` turns cycles into time."""

import json
from pathlib import Path

from celosia.cli.errors import InputError
from celosia.rtl.config import AcceleratorConfig


def bench_clock(config: str, accelerator: AcceleratorConfig) -> int:
    """Hertz: the Fmax of the build that ``config`` belongs to, otherwise the configured clock.

    ``celosia build`` writes ``report.json`` beside the ``config.toml`` of what it built; the report counts if it is
    about ``accelerator``, that is, if no field has been changed since. Raises
    :class:`~celosia.cli.errors.InputError` for a report that cannot be read.
    """
    report = Path(config).with_name("report.json")
    if not Path(config).is_file() or not report.is_file():
        return accelerator.clock_hz
    try:
        content = json.loads(report.read_text(encoding="utf-8"))
        is_built = content["config"] == accelerator.model_dump(mode="json")
        return round(content["clock_mhz"] * 1e6) if is_built else accelerator.clock_hz
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{report} is not a report of celosia build: build again, or move it away") from None
