"""Bench entry of the serial link, from line to host port."""

import pytest

from celosia.generators.presets import PRESETS
from celosia.rtl.bus.address_map import Region, region_bytes
from celosia.rtl.bus.serial_link import SerialLink
from sim_tests.support import run_bench

#: Bus width, clock cycles a bit; nine bits without the fraction would be a bit off.
LINKS = [(32, 4.0), (64, 8.9)]


@pytest.mark.parametrize(("bus_width", "bit_cycles"), LINKS)
def test_serial_link(bus_width: int, bit_cycles: float) -> None:
    """Every operation, every refusal, damage, pipelining."""
    config = PRESETS["nano"].model_copy(update={"bus_width": bus_width})
    run_bench(
        SerialLink(config, clock_hz=int(bit_cycles * 1_000_000), baud_rate=1_000_000),
        "sim_tests.units.bench_serial_link",
        cases=6,
        parameters={
            "bus_bytes": bus_width // 8,
            "bit_cycles": bit_cycles,
            "sizes": {region.value: region_bytes(config, region) for region in Region},
        },
    )


def test_rejects_bad_parameters() -> None:
    """Parameters are checked when the component is made."""
    with pytest.raises(TypeError, match=r"^config must be an AcceleratorConfig, not 3$"):
        SerialLink(3, clock_hz=100, baud_rate=1)  # type: ignore[arg-type] # on purpose
    with pytest.raises(ValueError, match=r"^baud_rate must be at most 25 \(clock_hz / 4\), not 26$"):
        SerialLink(PRESETS["nano"], clock_hz=100, baud_rate=26)
    with pytest.raises(TypeError, match=r"^clock_hz must be an integer, not 100\.0$"):
        SerialLink(PRESETS["nano"], clock_hz=100.0, baud_rate=1)  # type: ignore[arg-type] # on purpose
