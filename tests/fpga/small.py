"""The smallest accelerator, for tests of everything around it."""

SMALLEST = {
    "rows": 2,
    "cols": 2,
    "pe_rows": 1,
    "pe_cols": 1,
    "vector_lanes": 1,
    "accumulator_width": 16,
    "accumulator_depth": 16,
    "scratchpad_bytes": 256,
    "scratchpad_banks": 2,
    "weight_bytes": 64,
    "parameter_words": 64,
    "program_bytes": 256,
}
SETTINGS = [f"--set={field}={value}" for field, value in SMALLEST.items()]
