"""Cycle-exact simulation of Verilog under cocotb: find the tools, build once, run, and check the outcome."""

from celosia.runtime.simulation.build import Build, build
from celosia.runtime.simulation.environment import BuildError, EnvironmentProblem, cached
from celosia.runtime.simulation.run import Simulation, SimulationFailure, choose_seed, run

__all__ = [
    "Build",
    "BuildError",
    "EnvironmentProblem",
    "Simulation",
    "SimulationFailure",
    "build",
    "cached",
    "choose_seed",
    "run",
]
