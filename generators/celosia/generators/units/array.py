"""Arrays of processing elements."""

from celosia.generators.unit import Unit
from celosia.generators.units.shapes import shapes

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
)
