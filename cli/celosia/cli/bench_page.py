"""One self-contained page of what ``celosia bench`` found: nothing is loaded from anywhere."""

import json
from collections.abc import Sequence
from dataclasses import astuple, fields
from importlib import resources
from string import Template
from typing import Any

from celosia.cli.bench_run import BenchRun
from celosia.compiler.cost import Account, CommandTime, Traffic
from celosia.compiler.cost.engines import MACS_PER_CYCLE
from celosia.compiler.cost.work import Fields
from celosia.rtl.command import Engine, engines_of
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.program_code import ProgramCommand

#: The page's scripts, in the order in which they run.
SCRIPTS = (
    "base.js",
    "timeline.js",
    "lost_cycles.js",
    "roofline.js",
    "scaling.js",
    "tables.js",
    "main.js",
)


def bench_page(runs: Sequence[BenchRun], study: Sequence[BenchRun]) -> str:
    """The page for some runs and a scaling study of their networks."""
    content = {
        "causes": [field.name for field in fields(Account)],
        "levels": [field.name for field in fields(Traffic)],
        "runs": [_run(run) for run in runs],
        "scaling": [_scaling(run) for run in study],
    }
    # In a script element, only "</script" and "<!--" end the text: without "<" there is neither.
    data = json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")
    script = "\n".join(_part(name) for name in SCRIPTS)
    return Template(_part("page.html")).substitute(style=_part("page.css"), script=script, data=data)


def _part(name: str) -> str:
    return resources.files("celosia.cli.page").joinpath(name).read_text(encoding="utf-8")


def _run(run: BenchRun) -> dict[str, Any]:
    config = run.accelerator
    engines = engines_of(config)
    return {
        "model": run.model,
        "config": run.config,
        "rows": config.rows,
        "cols": config.cols,
        "batch": run.batch,
        "source": run.source,
        "mismatches": run.mismatches,
        "cycles": run.cycles,
        "predicted": run.predicted_cycles,
        "macs": run.program.macs,
        "utilization": run.utilization,
        "clock": run.clock_hz,
        "engines": [engine.name for engine in engines],
        "peaks": {engine.name: peak(config) for engine, peak in MACS_PER_CYCLE.items() if engine in engines},
        "bandwidth": bandwidth(config),
        "layers": [
            {
                "name": layer.name,
                "op": layer.operation,
                "packing": layer.packing,
                "macs": layer.macs,
                "cycles": cycles if layer.where == "accelerator" else None,
                "accounts": {engine.name: _rounded(mine.engines[engine]) for engine in engines},
                "bytes": astuple(mine.traffic),
            }
            for layer, cycles, mine in zip(
                run.program.layers, run.layer_cycles, run.account.layers, strict=True
            )
        ],
        "after": {engine.name: _rounded(run.account.after[engine]) for engine in engines},
        "bytes": astuple(run.account.traffic),
        "commands": _commands(run),
    }


def _commands(run: BenchRun) -> dict[str, list[Any]]:
    """Columns, because a network has thousands of commands."""
    columns: dict[str, list[Any]] = {
        field.name: [int(getattr(time, field.name)) for time in run.commands] for field in fields(CommandTime)
    }
    columns["layer"] = list(run.program.command_layers)
    commands = run.program.commands
    columns["label"] = [describe_command(command.engine, command.fields) for command in commands]
    columns["awaited"] = awaited_commands(commands, run.commands)
    return columns


def awaited_commands(commands: Sequence[ProgramCommand], times: Sequence[CommandTime]) -> list[int]:
    """For each command that waited, the command that it waited for to the last; -1 for the others."""
    places: dict[Engine, list[int]] = {engine: [] for engine in Engine}
    awaited = []
    for place, (command, time) in enumerate(zip(commands, times, strict=True)):
        others = [places[engine][count - 1] for engine, count in command.waits.items() if count]
        last = max(others, key=lambda other: times[other].retired, default=-1)
        awaited.append(last if time.dependency else -1)
        places[command.engine].append(place)
    return awaited


def describe_command(engine: Engine, command: Fields) -> str:
    """What a command does, in a few words."""
    match engine:
        case Engine.MATRIX:
            rows, cols, tiles = command["block_rows"], command["block_cols"], command["tile_count"]
            return f"{rows} x {cols} pixels through {tiles} tiles"
        case Engine.DEPTHWISE:
            return f"{command['stream_rows']} x {command['stream_cols']} pixels through the window"
        case _:
            rows, cols, channels = command["block_rows"], command["block_cols"], command["channels"]
            return f"{command['function'].name} {rows} x {cols} x {channels}"


def bandwidth(config: AcceleratorConfig) -> dict[str, int]:
    """Bytes a cycle that the engines can move at each level of memory."""
    engines = engines_of(config)
    entry = config.cols * config.accumulator_width // 8
    readers = {Engine.MATRIX: config.rows, Engine.VECTOR: config.vector_lanes, Engine.DEPTHWISE: config.cols}
    return {
        "scratchpad_read": sum(readers[engine] for engine in engines),
        "scratchpad_written": config.vector_lanes,
        "weights_read": config.weight_word_bytes,
        "accumulators_read": entry * len(engines),
        "accumulators_written": entry * (len(engines) - 1),
    }


def _scaling(run: BenchRun) -> dict[str, Any]:
    config = run.accelerator
    return {
        "model": run.model,
        "config": run.config,
        "rows": config.rows,
        "cols": config.cols,
        "macsPerCycle": config.macs_per_cycle,
        "cycles": run.cycles,
        "utilization": run.utilization,
        "accounts": {engine.name: _rounded(run.account.total(engine)) for engine in engines_of(config)},
    }


def _rounded(account: Account) -> list[float]:
    return [round(value, 1) for value in astuple(account)]
