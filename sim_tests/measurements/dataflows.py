"""The page ``docs/dataflows.md``: what the dataflows cost, measured on the same convolutions.

``python -m sim_tests.measurements.dataflows > docs/dataflows.md`` writes it, in some ten minutes.
"""

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amaranth.hdl import Value

from celosia.rtl.array.array_mac import ArrayMac
from celosia.rtl.array.input_stationary import InputStationaryArray
from celosia.rtl.array.output_stationary import OutputStationaryArray
from celosia.rtl.array.product_array import ProductArray
from celosia.rtl.array.row_stationary import RowStationaryArray
from celosia.rtl.array.weight_stationary import WeightStationaryArray
from celosia.rtl.mac.precision_product import OPERANDS, Precision
from sim_tests.measurements.synthesis import ecp5_area
from sim_tests.support import run_bench
from sim_tests.support.array_modes import lane_formats, mode_parameters
from sim_tests.support.formats import bench_format

SIZE = 8

SEED = 1

PAGE = """# Dataflows

The same convolutions on each array of the family, measured. `python -m sim_tests.measurements.dataflows >
docs/dataflows.md` simulates the RTL (every result is compared with the golden model), counts what passes each
stream, and synthesises the arrays with `yosys synth_ecp5`. The matrix arrays have {size} x {size} multipliers. The
row-stationary one has a row for each kernel row and makes {size} output rows at once: 24 multipliers for the 3 x 3
kernels, 8 for the others.

| dataflow | stays in the array | unit |
|---|---|---|
| weight-stationary (TPU) | a tile of weights | `weight_stationary_array` |
| input-stationary | a tile of activations | `input_stationary_array` |
| output-stationary (ShiDianNao) | a tile of sums | `output_stationary_array` |
| row-stationary (Eyeriss) | rows of filter taps, windows of image rows, sums | `row_stationary_array` |

## Cycles and accesses

*Cycles* run from the first operand to the last result, operands always there. *Buffer* columns count elements read from
or written to the memories around the array: activations, weights, and partial sums (a write of each, and a read of each
that is added to an earlier one). *Array* columns count accesses to the registers and memories inside, each of which
is read or written once a step: operands that stay or move on, and sums.

{costs}

## Area

{areas}

## Bits at a time, and multipliers that split

What the processing elements multiply with is a parameter, `mac`, of the first three arrays. `bit_serial` has gates in
place of multipliers and takes the operands that move (the activations of the weight-stationary array, otherwise the
weights) bit by bit; `precision_scalable` has multipliers of 2 x 2 bits that make one product of 8 x 8 bits, or two,
four or eight of fewer. Cycles of the weight-stationary array for the first layer above, with operands of so many bits
(weights x activations):

{macs}

## What it says

- Weight-stationary reads a weight once, an activation once for every {size} outputs, and moves a partial sum for every
  {size} inputs: that is what it moves most. It wants many pixels; with a single one, it waits for weights.
- Input-stationary is its mirror image: an activation once, a weight once for every {size} pixels. It moves less where
  there are fewer pixels than outputs, and wants many outputs.
- Output-stationary moves no partial sum, but reads both operands in every cycle. It wants at least {size} pixels
  and {size} outputs; inputs may be few and odd, as in a first layer.
- Row-stationary moves no partial sum either, reads a weight once for every {size} output rows, but the image for each
  output channel. Inside it is the thriftiest by far, as a tap serves all output rows and a window all of a
  row's taps. It wants kernels of several rows, and {size} output rows.
- Gates take as many times longer as operands have bits, but no multiplier block: they pay where there are none.
  Multipliers that split are nearly six times as fast with the narrowest operands, for many times the LUTs.
"""


@dataclass(frozen=True)
class Layer:
    """A convolution: image, outputs and kernel; padded to keep the image's size."""

    name: str
    image: tuple[int, int, int]
    outputs: int
    kernel: int

    @property
    def parameters(self) -> dict[str, Any]:
        """As the bench takes them."""
        side = self.kernel // 2
        return {
            "layer": (*self.image, self.outputs),
            "kernel": (self.kernel, self.kernel),
            "stride": (1, 1),
            "padding": (side, side, side, side),
        }


LAYERS = [
    Layer("3 x 3, 16 to 16 channels, 8 x 8 image", (8, 8, 16), 16, 3),
    Layer("3 x 3, 3 to 16 channels, 16 x 16 image", (16, 16, 3), 16, 3),
    Layer("1 x 1, 32 to 32 channels, 8 x 8 image", (8, 8, 32), 32, 1),
    Layer("1 x 1, 64 to 64 channels, 1 pixel", (1, 1, 64), 64, 1),
]


MATRIX_ARRAYS = {
    "weight_stationary": WeightStationaryArray,
    "input_stationary": InputStationaryArray,
    "output_stationary": OutputStationaryArray,
}


def arrays(layer: Layer) -> dict[str, ProductArray]:
    """Every dataflow's array, the row-stationary one made for this layer."""
    channels = layer.image[2]
    return {
        **{dataflow: kind(rows=SIZE, cols=SIZE) for dataflow, kind in MATRIX_ARRAYS.items()},
        "row_stationary": RowStationaryArray(
            rows=layer.kernel, cols=SIZE, taps=layer.kernel * channels, step=channels
        ),
    }


def measure(layer: Layer, dataflow: str, array: ProductArray, mode: int = 0) -> dict[str, Any]:
    """What the bench reports of tiles with one mode."""
    with tempfile.TemporaryDirectory(prefix="celosia-dataflows-") as folder:
        report = Path(folder) / "report.json"
        run_bench(
            array,
            "sim_tests.measurements.bench_dataflow_cost",
            cases=1,
            parameters={
                "dataflow": dataflow,
                "rows": array.rows,
                "cols": array.cols,
                **lane_formats(array),
                **mode_parameters(array, mode),
                "accumulator": bench_format(array.accumulator_shape),
                **layer.parameters,
                "report": str(report),
            },
            seed=SEED,
        )
        found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        return found


def lanes(array: ProductArray, stream: str) -> int:
    """Elements of a vector."""
    shape = {"activations": array.activation_shape, "weights": array.weight_shape}[stream]
    return len(Value.cast(getattr(array, stream).payload)) // shape.width


def inside(dataflow: str, array: ProductArray, transfers: dict[str, int]) -> tuple[int, int, int]:
    """Accesses to weights, activations and sums within the array."""
    if isinstance(array, RowStationaryArray):
        reads = transfers["results"] * array.taps
        return reads * array.rows, reads * array.image_rows, reads * array.cols
    moving = {
        "weight_stationary": "activations",
        "input_stationary": "weights",
        "output_stationary": "weights",
    }
    steps = transfers[moving[dataflow]] * array.rows * array.cols
    return steps, steps, steps


def costs() -> str:
    """The table of cycles and accesses."""
    rows = [
        "| layer | dataflow | cycles | multipliers busy | buffer: weights | activations | partial sums"
        " | array: weights | activations | sums |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for layer in LAYERS:
        for dataflow, array in arrays(layer).items():
            found = measure(layer, dataflow, array)
            transfers = found["transfers"]
            busy = found["macs"] / (found["cycles"] * array.rows * array.cols)
            sums = 2 * found["partial_sums"] - found["outputs"]
            numbers = [
                transfers["weights"] * lanes(array, "weights"),
                transfers["activations"] * lanes(array, "activations"),
                sums,
                *inside(dataflow, array, transfers),
            ]
            counts = " | ".join(f"{number:,}" for number in numbers)
            rows.append(
                f"| {layer.name} | {dataflow.replace('_', '-')} | {found['cycles']:,} | {busy:.0%} | {counts} |"
            )
            print(rows[-1], file=sys.stderr)
    return "\n".join(rows)


def areas() -> str:
    """The table of areas."""
    rows = [
        "| array | multipliers | LUT | FF | MULT18X18D | DP16KD |",
        "|---|---|---|---|---|---|",
    ]
    for dataflow, array in arrays(LAYERS[0]).items():
        area = ecp5_area(array)
        count = array.rows * array.cols
        rows.append(
            f"| {dataflow.replace('_', '-')} {array.rows} x {array.cols} | {count} | {area.luts:,} |"
            f" {area.flip_flops:,} | {area.multipliers} | {area.block_rams} |"
        )
        print(rows[-1], file=sys.stderr)
    return "\n".join(rows)


def mode_for(array: ProductArray, precision: Precision) -> int:
    """The mode of a tile whose operands have so many bits."""
    _, weight_bits, activation_bits = OPERANDS[precision]
    match array.mac:
        case ArrayMac.BIT_SERIAL:
            return weight_bits if array.weights_are_serial else activation_bits
        case ArrayMac.PRECISION_SCALABLE:
            return precision.value
    return 0


def macs() -> str:
    """The table of what processing elements can multiply with."""
    formats = [f"{weight} x {activation}" for _, weight, activation in OPERANDS.values()]
    rows = [
        f"| `mac` | {' | '.join(formats)} | LUT | FF | MULT18X18D |",
        "|---|" + "---|" * (len(formats) + 3),
    ]
    for mac in ArrayMac:
        array = WeightStationaryArray(rows=SIZE, cols=SIZE, mac=mac)
        modes = [mode_for(array, precision) for precision in OPERANDS]
        cycles = {mode: measure(LAYERS[0], "weight_stationary", array, mode)["cycles"] for mode in set(modes)}
        counts = " | ".join(f"{cycles[mode]:,}" for mode in modes)
        area = ecp5_area(array)
        rows.append(
            f"| `{mac.value}` | {counts} | {area.luts:,} | {area.flip_flops:,} | {area.multipliers} |"
        )
        print(rows[-1], file=sys.stderr)
    return "\n".join(rows)


def main() -> None:
    """Write the page to standard output."""
    sys.stdout.write(PAGE.format(size=SIZE, costs=costs(), areas=areas(), macs=macs()))


if __name__ == "__main__":
    main()
