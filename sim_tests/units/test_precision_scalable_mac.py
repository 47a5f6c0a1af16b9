"""Precision-scalable MAC: signs; and what it refuses."""

import pytest
from amaranth.hdl import signed

from celosia.rtl.mac.precision_scalable import PrecisionScalableMac
from sim_tests.support import run_bench
from sim_tests.support.formats import bench_format


@pytest.mark.parametrize(
    ("signed_weights", "signed_activations", "width"),
    [(True, True, 16), (True, False, 17), (False, True, 20), (False, False, 18)],
)
def test_precision_scalable_mac(signed_weights: bool, signed_activations: bool, width: int) -> None:
    """All precisions of all signs."""
    unit = PrecisionScalableMac(
        signed_weights=signed_weights, signed_activations=signed_activations, accumulator_shape=signed(width)
    )
    run_bench(
        unit,
        "sim_tests.units.bench_precision_scalable_mac",
        cases=3,
        parameters={
            "weight_kind": "s" if signed_weights else "u",
            "activation_kind": "s" if signed_activations else "u",
            "accumulator": bench_format(unit.accumulator_shape),
            "latency": unit.latency,
        },
        simulator="icarus",
    )


def test_refused() -> None:
    """Parameters that make no sense are named."""
    with pytest.raises(TypeError, match=r"^signed_weights must be a bool, not 1$"):
        PrecisionScalableMac(signed_weights=1)  # type: ignore[arg-type] # on purpose
    with pytest.raises(
        ValueError, match=r"^accumulator_shape must hold -32512 to 32768, which 2 operations of"
    ):
        PrecisionScalableMac(accumulator_shape=signed(16), accumulations=2)
