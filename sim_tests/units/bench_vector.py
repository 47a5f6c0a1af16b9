"""Bench of the vector engine: commands of every function, back to back, stalled, waiting, and reset."""

from typing import Any

import cocotb

from celosia.rtl.command import (
    Function,
    Rounding,
    functions_of,
)
from celosia.rtl.engine.status import EngineStatus
from sim_tests.support.bench import parameters
from sim_tests.support.coverage import Coverage
from sim_tests.units.vector_reference import (
    random_command,
    regions,
)
from sim_tests.units.vector_surroundings import Bench, functions_in_turn
from sim_tests.units.vector_timing import TABLE_CYCLES

CORNERS = ("parameters for each channel", "parameters for all channels")


@cocotb.test()
async def one_operand_a_cycle(dut: Any) -> None:
    """Commands back to back without stalls: every cycle issues, from the first operand to the last."""
    bench = Bench(dut)
    constants, *targets = regions(bench.config)
    for number, function in enumerate(functions_in_turn(bench, parameters()["commands"])):
        bench.add(
            random_command(
                bench.config, bench.generator, function, source=constants, target=targets[number % 2]
            )
        )
    operands = len(bench.operands)
    await bench.run()
    first = bench.states.index(EngineStatus.BUSY)
    assert bench.states[first : first + operands] == [EngineStatus.BUSY] * operands


@cocotb.test()
async def stalls_and_waits(dut: Any) -> None:
    """Random grants, late commands, waits on both engines; half of the commands read what the one before wrote."""
    bench = Bench(dut)
    bench.add_dependent(parameters()["commands"])
    commands = [command for command, _, _ in bench.commands]
    await bench.run(deny=0.3, pause=0.5)
    functions = functions_of(bench.config)
    corners = [each.name for kind in (EngineStatus, functions, Rounding) for each in kind]
    if Function.TABLE in functions:
        corners.append("a table to load")
    if functions == (Function.REQUANTIZE,):
        corners.remove(EngineStatus.BANK.name)
    if bench.config.vector_lanes > 1:
        corners.append("lanes left over")
    if {Function.SUM, Function.MAXIMUM} & set(functions):
        corners.append("a window")
    with Coverage(*corners, *CORNERS) as cover:
        for status in bench.states:
            cover.met(status.name)
        for command in commands:
            cover.met(Function(command["function"]).name)
            cover.met(Rounding(command["rounding"]).name)
            if "a table to load" in corners:
                cover.met("a table to load", bool(command["load_table"]))
            if "a window" in corners:
                cover.met("a window", command["window_rows"] * command["window_cols"] > 1)
            cover.met("parameters for each channel", bool(command["per_channel"]))
            cover.met("parameters for all channels", not command["per_channel"])
            if "lanes left over" in corners:
                cover.met("lanes left over", command["channels"] % bench.config.vector_lanes != 0)


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """After a reset, wherever commands are, the next ones are as after the first one."""
    bench = Bench(dut)
    for index, cycles in enumerate((5, 23, 60, 90)):
        bench.add_dependent(3)
        await bench.run(cycles=cycles, running=index > 0)
        bench = Bench(dut)
        bench.add_dependent(2)
        await bench.run(deny=0.1, running=True)
        bench = Bench(dut)


@cocotb.test()
async def tables(dut: Any) -> None:
    """Tables loaded right behind and right before elements that use them, other functions between."""
    bench = Bench(dut)
    constants, target, _ = regions(bench.config)
    for number in range(parameters()["commands"]):
        function = Function.REQUANTIZE if number % 5 == 4 else Function.TABLE
        bench.add(
            random_command(
                bench.config,
                bench.generator,
                function,
                source=constants,
                target=target,
                load_table=function is Function.TABLE and number % 3 != 2,
            )
        )
    busy = len(bench.operands)
    loading = sum(TABLE_CYCLES + 1 for command, *_ in list(bench.commands)[1:] if command["load_table"])
    await bench.run()
    states = bench.states
    assert states.count(EngineStatus.BUSY) == busy
    first = states.index(EngineStatus.BUSY)
    then = states[first : first + busy + loading]
    assert (then.count(EngineStatus.BUSY), then.count(EngineStatus.OPERANDS)) == (busy, loading)


@cocotb.test()
async def scales(dut: Any) -> None:
    """ADD to the last bit: the scaled operand alone, with scales near and at ties.

    In every other command, the first element is so little beside a tie that TFLite's first rounding moves it there.
    """
    bench = Bench(dut)
    generator = bench.generator
    constants, target, _ = regions(bench.config)

    def value_at(address: int) -> int:
        return (int(bench.memories.scratchpad[address]) + 128) % 256 - 128

    for number in range(parameters()["commands"]):
        command = random_command(bench.config, generator, Function.ADD, source=constants, target=target)
        scaled, other = ("b", "a") if command["scaled_operand"] else ("a", "b")
        address = int(generator.integers(constants.start, constants.stop))
        command |= {f"{other}_address": address, f"{other}_row_step": 0, f"{other}_col_step": 0}
        command |= {f"{other}_zero": value_at(address), "channels": 1}
        command |= {"parameter_base": 0, "out_zero": 0, "clamp_low": -128, "clamp_high": 127}
        command |= {
            "scale_shift": int(generator.integers(19, 32)),
            "scale_multiplier": (int(generator.integers(1, 16)) << 27) + int(generator.integers(-3, 4)),
        }
        if number % 2:
            exponent = int(generator.integers(2, 6))
            value = value_at(command[f"{scaled}_address"])
            operand = (1 if value >= 0 else -1) << exponent
            command |= {
                f"{scaled}_zero": value - operand,
                "scale_shift": 17 + exponent,
                "scale_multiplier": (2 * int(generator.integers(8)) + 1 << 27)
                - int(generator.integers(1, 4)),
            }
        bench.add(command)
    await bench.run()
