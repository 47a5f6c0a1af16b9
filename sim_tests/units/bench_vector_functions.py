"""A vector engine without some of the functions: those that it has work as ever."""

from sim_tests.units.bench_vector import one_operand_a_cycle, stalls_and_waits

__all__ = ["one_operand_a_cycle", "stalls_and_waits"]
