"""The whole machine."""

from typing import Any

from amaranth.lib import wiring

from celosia.generators.unit import Unit
from celosia.rtl.config import AcceleratorConfig


def _accelerator(kind: Any, values: dict[str, Any]) -> wiring.Component:
    return kind(AcceleratorConfig.create(values))


UNITS = (
    Unit(
        "accelerator",
        "the complete machine behind one host port",
        "celosia.rtl.accelerator:Accelerator",
        AcceleratorConfig.model_dump,
        _accelerator,
    ),
)
