"""Arrays of all dataflows: sizes and formats; and what they refuse."""

from typing import Any

import pytest
from amaranth.hdl import signed

from celosia.rtl.array.array_mac import ArrayMac
from celosia.rtl.array.input_stationary import InputStationaryArray
from celosia.rtl.array.output_stationary import OutputStationaryArray
from celosia.rtl.array.product_array import ProductArray
from celosia.rtl.array.row_stationary import RowStationaryArray
from celosia.rtl.array.weight_stationary import WeightStationaryArray
from sim_tests.support import run_bench
from sim_tests.support.array_modes import lane_formats, mode_parameters, modes
from sim_tests.support.formats import bench_format

#: Rows, columns and channels of the image, and outputs; kernel; strides; padding.
LAYER = {"layer": (5, 9, 3, 6), "kernel": (3, 2), "stride": (1, 1), "padding": (1, 0, 1, 1)}
STRIDED = {"layer": (6, 9, 2, 7), "kernel": (2, 3), "stride": (2, 1), "padding": (0, 1, 2, 0)}
TALL = {"layer": (4, 11, 1, 7), "kernel": (1, 2), "stride": (1, 3), "padding": (0, 0, 0, 0)}
SMALL = {"layer": (3, 4, 3, 6), "kernel": (2, 2), "stride": (1, 1), "padding": (1, 0, 0, 1)}

MATRIX_ARRAYS = [
    ("weight_stationary", WeightStationaryArray),
    ("input_stationary", InputStationaryArray),
    ("output_stationary", OutputStationaryArray),
]


def _simulate(
    array: ProductArray, dataflow: str, layer: dict[str, Any], mode: int | None = None, **more: Any
) -> None:
    run_bench(
        array,
        "sim_tests.units.bench_dataflows",
        cases=3,
        parameters={
            "dataflow": dataflow,
            "rows": array.rows,
            "cols": array.cols,
            **lane_formats(array),
            **mode_parameters(array, modes(array)[-1] if mode is None else mode),
            "accumulator": bench_format(array.accumulator_shape),
            "latency": array.latency,
            **layer,
            **more,
        },
        simulator="icarus",
    )


@pytest.mark.parametrize(("dataflow", "kind"), MATRIX_ARRAYS, ids=[name for name, _ in MATRIX_ARRAYS])
@pytest.mark.parametrize(
    ("rows", "cols", "layer", "formats"),
    [
        (1, 1, TALL, {}),
        (4, 3, LAYER, {"weight_shape": signed(4)}),
        (2, 5, STRIDED, {"activation_shape": signed(5), "accumulator_shape": signed(12)}),
    ],
    ids=["1x1", "4x3", "2x5"],
)
def test_matrix_array(
    dataflow: str, kind: Any, rows: int, cols: int, layer: dict[str, Any], formats: dict[str, Any]
) -> None:
    """A convolution as a product of matrices is the golden model's, in the cycles that were promised."""
    _simulate(kind(rows=rows, cols=cols, **formats), dataflow, layer)


@pytest.mark.parametrize(("dataflow", "kind"), MATRIX_ARRAYS, ids=[name for name, _ in MATRIX_ARRAYS])
@pytest.mark.parametrize(
    ("mac", "mode", "rows", "cols", "layer", "formats"),
    [
        (ArrayMac.BIT_SERIAL, 8, 3, 4, SMALL, {}),
        (ArrayMac.BIT_SERIAL, 2, 5, 2, SMALL, {"weight_shape": signed(3), "activation_shape": signed(3)}),
        (ArrayMac.PRECISION_SCALABLE, 0, 3, 2, SMALL, {"accumulator_shape": signed(13)}),
        (ArrayMac.PRECISION_SCALABLE, 1, 1, 3, SMALL, {}),
    ],
    ids=["serial-8", "serial-2", "split-8x8", "split-4x8"],
)
def test_macs(
    dataflow: str,
    kind: Any,
    mac: ArrayMac,
    mode: int,
    rows: int,
    cols: int,
    layer: dict[str, Any],
    formats: dict[str, Any],
) -> None:
    """The same convolutions bit by bit, and with multipliers that split."""
    _simulate(kind(rows=rows, cols=cols, mac=mac, **formats), dataflow, layer, mode)


@pytest.mark.parametrize(
    ("cols", "layer", "formats"),
    [
        (2, LAYER, {}),
        (3, STRIDED, {"weight_shape": signed(3), "accumulator_shape": signed(13)}),
        (1, TALL, {}),
    ],
    ids=["two-rows", "strided", "one-row"],
)
def test_row_stationary(cols: int, layer: dict[str, Any], formats: dict[str, Any]) -> None:
    """Kernels of one row and several, strides in both directions, windows with gaps."""
    kernel_rows, kernel_cols = layer["kernel"]
    channels = layer["layer"][2]
    array = RowStationaryArray(
        rows=kernel_rows,
        cols=cols,
        taps=kernel_cols * channels,
        step=layer["stride"][1] * channels,
        row_stride=layer["stride"][0],
        **formats,
    )
    _simulate(array, "row_stationary", layer, taps=array.taps, step=array.step)


@pytest.mark.parametrize("kind", [kind for _, kind in MATRIX_ARRAYS])
def test_refused(kind: Any) -> None:
    """Parameters that make no sense are named."""
    with pytest.raises(ValueError, match=r"^rows must be positive, not 0$"):
        kind(rows=0, cols=2)
    with pytest.raises(TypeError, match=r"^cols must be an integer, not 2\.0$"):
        kind(rows=1, cols=2.0)
    with pytest.raises(TypeError, match=r"^weight_shape must be an integer shape, not 's8'$"):
        kind(rows=1, cols=2, weight_shape="s8")
    with pytest.raises(TypeError, match=r"^mac must be an ArrayMac, not 'parallel'$"):
        kind(rows=1, cols=2, mac="parallel")
    with pytest.raises(
        ValueError, match=r"^activation_shape must have 8 bits for mac precision_scalable, not signed\(4\)$"
    ):
        kind(rows=1, cols=2, mac=ArrayMac.PRECISION_SCALABLE, activation_shape=signed(4))


@pytest.mark.parametrize("name", ["rows", "cols", "taps", "step", "row_stride"])
def test_row_stationary_refused(name: str) -> None:
    """Parameters that make no sense are named."""
    sizes = {"rows": 1, "cols": 1, "taps": 1, "step": 1, "row_stride": 1}
    with pytest.raises(ValueError, match=rf"^{name} must be positive, not -1$"):
        RowStationaryArray(**{**sizes, name: -1})
