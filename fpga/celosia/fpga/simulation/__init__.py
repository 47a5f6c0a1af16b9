"""A board without the board: its whole design under Verilator, its serial line a pseudo-terminal."""

from celosia.fpga.simulation.board import SimulatedBoard

__all__ = ["SimulatedBoard"]
