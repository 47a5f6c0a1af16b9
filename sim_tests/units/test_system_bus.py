"""Bench entry of the accelerators at AXI and Wishbone."""

import pytest

from celosia.generators.presets import PRESETS
from celosia.rtl.bus.axi import AxiLiteSignature, AxiSignature
from celosia.rtl.bus.wishbone import WishboneSignature
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.system_bus import AxiAccelerator, WishboneAccelerator
from sim_tests.support import run_bench

MEMORIES = {
    "weight_bytes": 1 << 16,
    "scratchpad_bytes": 1 << 13,
    "program_bytes": 1 << 14,
    "parameter_words": 201,
    "accumulator_depth": 64,
}


@pytest.mark.parametrize(("bus", "bus_width"), [("axi", 32), ("axi", 64), ("wishbone", 32)])
def test_system_bus(bus: str, bus_width: int) -> None:
    """Memories, registers, refusals, interrupt, a network; with random stalls."""
    config = AcceleratorConfig.create({**PRESETS["nano"].model_dump(), **MEMORIES, "bus_width": bus_width})
    component = AxiAccelerator(config, id_width=8) if bus == "axi" else WishboneAccelerator(config)
    given = {"bus": bus, "config": config.model_dump()}
    run_bench(component, "sim_tests.units.bench_system_bus", cases=4, parameters=given)
    if bus == "axi":
        run_bench(component, "sim_tests.units.bench_axi", cases=2, parameters=given)


def test_rejects_bad_parameters() -> None:
    """Parameters are checked when the component is made."""
    with pytest.raises(TypeError, match=r"^config must be an AcceleratorConfig, not 'nano'$"):
        WishboneAccelerator("nano")  # type: ignore[arg-type] # on purpose
    with pytest.raises(ValueError, match=r"^id_width must be positive, not 0$"):
        AxiAccelerator(PRESETS["nano"], id_width=0)


def test_signatures_compare() -> None:
    """By their parameters, as Amaranth connects them."""
    assert AxiLiteSignature(address_width=12) == AxiLiteSignature(address_width=12)
    assert AxiLiteSignature(address_width=12) != AxiLiteSignature(address_width=11)
    first = AxiSignature(address_width=32, data_width=64, id_width=4)
    assert first == AxiSignature(address_width=32, data_width=64, id_width=4)
    assert first != AxiSignature(address_width=32, data_width=64, id_width=5)
    assert WishboneSignature(address_width=30, data_width=32) != WishboneSignature(
        address_width=29, data_width=32
    )
    assert repr(first) == "AxiSignature(address_width=32, data_width=64, id_width=4)"
