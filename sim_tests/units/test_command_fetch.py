"""Bench entry of :class:`celosia.rtl.control.fetch.CommandFetch`."""

import pytest

from celosia.rtl.control.fetch import CommandFetch
from sim_tests.support import run_bench


@pytest.mark.parametrize(
    ("depthwise", "stages", "simulator"),
    [(True, 1, "icarus"), (False, 4, "verilator"), (True, 4, "icarus"), (True, 0, "icarus")],
)
def test_command_fetch(depthwise: bool, stages: int, simulator: str) -> None:
    """Each record reaches its queue once and in order; END, limits and bad opcodes stop it."""
    run_bench(
        CommandFetch(address_width=10, depthwise=depthwise, stages=stages),
        "sim_tests.units.bench_command_fetch",
        cases=6,
        parameters={"depthwise": depthwise, "stages": stages},
        simulator=simulator,
    )


def test_rejects_bad_parameters() -> None:
    """Parameters are checked when the component is made."""
    with pytest.raises(ValueError, match=r"^address_width must be positive, not 0$"):
        CommandFetch(address_width=0, depthwise=False)
    with pytest.raises(TypeError, match=r"^depthwise must be a bool, not 9$"):
        CommandFetch(address_width=10, depthwise=9)  # type: ignore[arg-type] # on purpose
    with pytest.raises(ValueError, match=r"^stages must be 0, 1 or 4, not 3$"):
        CommandFetch(address_width=10, depthwise=False, stages=3)
