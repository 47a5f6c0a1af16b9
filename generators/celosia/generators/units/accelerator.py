"""The whole machine."""

from typing import Any

from amaranth.lib import wiring

from celosia.generators.unit import Unit
from celosia.rtl.config import AcceleratorConfig


def _accelerator(kind: Any, values: dict[str, Any]) -> wiring.Component:
    return kind(AcceleratorConfig.create(values))


def _axi_accelerator(kind: Any, values: dict[str, Any]) -> wiring.Component:
    fields = {name: value for name, value in values.items() if name != "id_width"}
    return kind(AcceleratorConfig.create(fields), id_width=values["id_width"])


UNITS = (
    Unit(
        "accelerator",
        "the complete machine behind one host port",
        "celosia.rtl.accelerator:Accelerator",
        AcceleratorConfig.model_dump,
        _accelerator,
    ),
    Unit(
        "accelerator_axi",
        "the complete machine behind AXI4-Lite for its registers and AXI4 for its memories",
        "celosia.rtl.system_bus:AxiAccelerator",
        lambda c: {**c.model_dump(), "id_width": 4},
        _axi_accelerator,
    ),
    Unit(
        "accelerator_wishbone",
        "the complete machine behind Wishbone",
        "celosia.rtl.system_bus:WishboneAccelerator",
        AcceleratorConfig.model_dump,
        _accelerator,
    ),
)
