"""Precision-scalable array: sizes and signs; and what it refuses."""

import pytest
from amaranth.hdl import signed

from celosia.rtl.array.precision_scalable import PrecisionScalableArray
from sim_tests.support import run_bench
from sim_tests.support.formats import bench_format


@pytest.mark.parametrize(
    ("rows", "cols", "signed_weights", "signed_activations"), [(1, 1, True, True), (3, 2, True, False)]
)
def test_precision_scalable_array(
    rows: int, cols: int, signed_weights: bool, signed_activations: bool
) -> None:
    """All precisions."""
    array = PrecisionScalableArray(
        rows=rows,
        cols=cols,
        signed_weights=signed_weights,
        signed_activations=signed_activations,
        accumulator_shape=signed(24),
    )
    run_bench(
        array,
        "sim_tests.units.bench_precision_scalable_array",
        cases=3,
        parameters={
            "rows": rows,
            "cols": cols,
            "weight_kind": "s" if signed_weights else "u",
            "activation_kind": "s" if signed_activations else "u",
            "accumulator": bench_format(array.accumulator_shape),
            "latency": array.latency,
        },
        simulator="icarus",
    )


def test_refused() -> None:
    """Parameters that make no sense are named."""
    with pytest.raises(TypeError, match=r"^signed_weights must be a bool, not 8$"):
        PrecisionScalableArray(rows=1, cols=1, signed_weights=8)  # type: ignore[arg-type] # on purpose
    with pytest.raises(ValueError, match=r"^cols must be positive, not 0$"):
        PrecisionScalableArray(rows=1, cols=0)
