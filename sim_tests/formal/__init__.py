"""Properties of units that hold for every input, proven with yosys's SAT solver."""
