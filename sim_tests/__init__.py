"""Everything that is simulated: cocotb benches of the units, whole networks, planted faults."""
