"""From parameters to files: presets, the registry of generators, Verilog emission."""
