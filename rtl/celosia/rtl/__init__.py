"""The hardware: Amaranth components, the configuration they are built from, and the commands they run."""
