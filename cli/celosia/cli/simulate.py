"""``celosia simulate``: a board without the board."""

from pathlib import Path

import click
from rich.console import Console

from celosia.cli.board_options import choose_configuration, target_options
from celosia.cli.options import check_writable
from celosia.compiler.compile import compile_graph
from celosia.compiler.tflite_import import import_tflite
from celosia.fpga.simulation import SimulatedBoard
from celosia.fpga.simulation.noise import Noise


@click.command()
@target_options
@click.option(
    "--port",
    type=click.Path(path_type=Path),
    help="Name of the port to make. [default: a new one]",
)
@click.option(
    "--embed",
    type=click.Path(path_type=Path),
    metavar="MODEL",
    help="A network that the board's memories hold from the start.",
)
@click.option(
    "--damage",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of the bytes on the line that are changed, lost or doubled.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the damage.")
@click.option(
    "--wave",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Record waveforms there: a .fst or .vcd file.",
)
def simulate(
    board: str | None,
    config: str | None,
    settings: tuple[str, ...],
    port: Path | None,
    embed: Path | None,
    damage: float,
    seed: int,
    wave: Path | None,
) -> None:
    """Simulate a whole board, serial line and all, and print the name of its serial port.

    Run a network on it from another terminal: `celosia run MODEL --device serial:PORT` with the same
    configuration. Ends when interrupted.
    """
    _, accelerator = choose_configuration(board, config, settings)
    check_writable(wave)
    embedded = None if embed is None else compile_graph(import_tflite(embed), accelerator)
    with Console(stderr=True).status("building the simulator (once per configuration)"):
        simulated = SimulatedBoard(
            accelerator, port=port, noise=Noise(damage, seed), wave=wave, embedded=embedded
        )
    with simulated:
        click.echo(f"port: {simulated.port}")
        simulated.serve()
