"""``celosia build``: a bitstream for a board."""

import json
from pathlib import Path

import click
from rich.console import Console

from celosia.cli.board_options import board_option
from celosia.cli.build_tables import path_table, resource_table
from celosia.cli.errors import CheckFailed, InputError
from celosia.cli.options import configuration
from celosia.cli.steps import Steps
from celosia.compiler.compiled import CompiledModel
from celosia.compiler.tflite_import import import_tflite
from celosia.fpga.board import Board
from celosia.fpga.boards import find
from celosia.fpga.build import Bitstream
from celosia.fpga.build import build as build_bitstream
from celosia.fpga.sizing import fit_network
from celosia.generators.files import write_atomically
from celosia.generators.presets import override
from celosia.rtl.config import AcceleratorConfig

#: One placement of a design may be a tenth slower than another.
TRIES = 4


@click.command()
@board_option
@click.option("--model", type=click.Path(path_type=Path), help="Size the memories to this int8 .tflite file.")
@click.option(
    "--embed",
    is_flag=True,
    help="Hold the network in the bitstream's block RAM, so that no host need load it; needs --model.",
)
@click.option(
    "--config", metavar="NAME|FILE.toml", help="A preset or a configuration file. [default: the board's own]"
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Change one configuration field; may be repeated. `celosia list` shows the fields.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the first placement.")
@click.option(
    "--tries",
    type=click.IntRange(min=1),
    help="Placements to try, from --seed on, until one meets the clock."
    f" [default: {TRIES}; 1 with --allow-timing-failure]",
)
@click.option("--allow-timing-failure", is_flag=True, help="Keep a bitstream that is too slow for its clock.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the results. [default: build/BOARD]",
)
def build(
    board: str,
    model: Path | None,
    embed: bool,
    config: str | None,
    settings: tuple[str, ...],
    seed: int,
    tries: int | None,
    allow_timing_failure: bool,
    output: Path | None,
) -> None:
    """Build a bitstream with the accelerator for a board.

    Writes the bitstream, its configuration, a report, and with --model the program, into one folder. A design
    that misses its clock is an error.
    """
    if embed and model is None:
        raise InputError("--embed needs --model: the network to hold")
    target = find(board)
    accelerator = (
        override(target.configuration(), settings) if config is None else configuration(config, settings)
    )
    console = Console(stderr=True)
    program = None
    if model is not None:
        with console.status(f"fitting {model.name} to {board}"):
            program = fit_network(import_tflite(model), accelerator, target)
            accelerator = program.config
    with Steps(console) as steps:
        made = build_bitstream(
            target,
            accelerator,
            embedded=program if embed else None,
            seed=seed,
            tries=tries or (1 if allow_timing_failure else TRIES),
            progress=steps,
        )

    report = made.report
    tables = Console()
    tables.print(resource_table(report, f"{target.title}, {accelerator.rows}x{accelerator.cols}"))
    tables.print(path_table(report))
    verdict = f"{report.clock_mhz:.1f} MHz of {report.target_mhz:g} MHz"
    if not report.meets_clock and not allow_timing_failure:
        raise CheckFailed(
            f"the clock is missed: {verdict}; try more --tries, a lower --set clock_hz=..., or a smaller array"
        )
    folder = output if output is not None else Path("build") / board
    write_results(folder, target, accelerator, made, program)
    click.echo(f"clock {verdict}" + ("" if report.meets_clock else ": MISSED"))
    click.echo(f"wrote {folder / bitstream_name(target)}")


def bitstream_name(board: Board) -> str:
    """File name of a board's bitstream."""
    return f"{board.name}{board.family.bitstream}"


def write_results(
    folder: Path, board: Board, config: AcceleratorConfig, made: Bitstream, program: CompiledModel | None
) -> None:
    """Write what was built; the bitstream last, so that it never lies beside an older configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    report = {"board": board.name, "config": config.model_dump(mode="json"), **made.report.to_json()}
    write_atomically(folder / "report.json", (json.dumps(report, indent=2) + "\n").encode())
    write_atomically(folder / "config.toml", config.to_toml().encode())
    if program is not None:
        program.save(folder / f"{Path(program.name).stem}.celosia")
    write_atomically(folder / bitstream_name(board), made.path.read_bytes())
