"""Bench entry of the board top."""

import pytest

from celosia.fpga.top import LIGHTS_PER_SECOND, BoardTop
from celosia.generators.presets import PRESETS
from celosia.rtl.config import AcceleratorConfig
from sim_tests.support import run_bench

#: Low, so that a second is short; a light must outlast a packet.
CLOCK_HZ = 40_000
BIT_CYCLES = 4
CONFIG = AcceleratorConfig.create(
    {
        "rows": 2,
        "cols": 2,
        "vector_lanes": 1,
        "accumulator_depth": 16,
        "scratchpad_bytes": 256,
        "weight_bytes": 64,
        "parameter_words": 4,
        "program_bytes": 256,
        "depthwise_taps": 0,
    }
)


def test_board_top() -> None:
    """Lights, a start, a reset."""
    run_bench(
        BoardTop(CONFIG, clock_hz=CLOCK_HZ, baud_rate=CLOCK_HZ // BIT_CYCLES),
        "sim_tests.units.bench_board_top",
        cases=3,
        parameters={
            "bit_cycles": BIT_CYCLES,
            "clock_hz": CLOCK_HZ,
            "shown_cycles": CLOCK_HZ // LIGHTS_PER_SECOND,
        },
    )


def test_rejects_bad_parameters() -> None:
    """Parameters are checked when the component is made."""
    with pytest.raises(TypeError, match=r"^config must be an AcceleratorConfig, not None$"):
        BoardTop(None, clock_hz=100, baud_rate=1)  # type: ignore[arg-type] # on purpose
    with pytest.raises(ValueError, match=r"^baud_rate must be positive, not 0$"):
        BoardTop(PRESETS["nano"], clock_hz=100, baud_rate=0)
