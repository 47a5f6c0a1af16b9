"""Arrays of processing elements."""

from celosia.generators.unit import Unit
from celosia.generators.units.shapes import shapes
from celosia.rtl.array.array_mac import ArrayMac

UNITS = (
    Unit(
        "systolic_array",
        "weight-stationary array of PEs with shadow weights",
        "celosia.rtl.array.systolic:SystolicArray",
        lambda c: {
            "rows": c.rows,
            "cols": c.cols,
            "pe_rows": c.pe_rows,
            "pe_cols": c.pe_cols,
            "weight_rows_per_cycle": c.weight_rows_per_cycle,
            **shapes(c),
        },
    ),
    Unit(
        "weight_stationary_array",
        "matrix products with streams: weights stay, activations move past them",
        "celosia.rtl.array.weight_stationary:WeightStationaryArray",
        lambda c: {"rows": c.rows, "cols": c.cols, **shapes(c), "mac": ArrayMac.PARALLEL},
    ),
    Unit(
        "input_stationary_array",
        "matrix products with streams: activations stay, weights move past them",
        "celosia.rtl.array.input_stationary:InputStationaryArray",
        lambda c: {"rows": c.rows, "cols": c.cols, **shapes(c), "mac": ArrayMac.PARALLEL},
    ),
    Unit(
        "output_stationary_array",
        "matrix products with streams: sums stay, activations and weights move past them",
        "celosia.rtl.array.output_stationary:OutputStationaryArray",
        lambda c: {"rows": c.rows, "cols": c.cols, **shapes(c), "mac": ArrayMac.PARALLEL},
    ),
    Unit(
        "row_stationary_array",
        "convolutions with streams: filter rows stay, image rows slide past them",
        "celosia.rtl.array.row_stationary:RowStationaryArray",
        lambda c: {"rows": 3, "cols": c.cols, "taps": 9, "step": 3, "row_stride": 1, **shapes(c)},
    ),
)
