"""Faults that tests must notice: a catalogue (one TOML file an area) and the runner that plants them."""
