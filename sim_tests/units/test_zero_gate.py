"""Zero gate: formats; and what it refuses."""

import pytest
from amaranth.hdl import ShapeLike, signed, unsigned

from celosia.rtl.mac.operand import Bipolar
from celosia.rtl.mac.zero_gate import ZeroGate
from sim_tests.support import run_bench
from sim_tests.support.formats import bench_format, identifier


@pytest.mark.parametrize(
    ("weight", "activation"), [(signed(8), unsigned(4)), (Bipolar, signed(3))], ids=identifier
)
def test_zero_gate(weight: ShapeLike, activation: ShapeLike) -> None:
    """Nothing moves behind a zero."""
    unit = ZeroGate(weight_shape=weight, activation_shape=activation)
    run_bench(
        unit,
        "sim_tests.units.bench_zero_gate",
        cases=1,
        parameters={
            "weight": bench_format(unit.weight_shape),
            "activation": bench_format(unit.activation_shape),
        },
        simulator="icarus",
    )


def test_refused() -> None:
    """There must be something to gate."""
    with pytest.raises(
        ValueError, match=r"^weight_shape or activation_shape must be an integer shape: Bipolar"
    ):
        ZeroGate(weight_shape=Bipolar, activation_shape=Bipolar)
