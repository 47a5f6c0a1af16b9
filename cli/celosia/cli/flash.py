"""``celosia flash``: a bitstream onto a board."""

import shlex
from pathlib import Path

import click

from celosia.cli.board_options import board_option
from celosia.cli.build import bitstream_name
from celosia.cli.errors import InputError
from celosia.fpga.boards import find
from celosia.fpga.flash import flash as run_loader
from celosia.fpga.flash import flash_command


@click.command()
@board_option
@click.argument("bitstream", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--persistent", is_flag=True, help="Into the board's flash memory, from where it starts by itself."
)
@click.option("--dry-run", is_flag=True, help="Only print the command.")
def flash(board: str, bitstream: Path | None, persistent: bool, dry_run: bool) -> None:
    """Load BITSTREAM (default: what `celosia build` wrote for the board) into a board's FPGA."""
    target = find(board)
    path = bitstream if bitstream is not None else Path("build") / board / bitstream_name(target)
    command = flash_command(target, path, persistent=persistent)
    if dry_run:
        click.echo(shlex.join(command))
        return
    if not path.is_file():
        raise InputError(f"{path} does not exist: build it with `celosia build --board {board}`")
    run_loader(command, target)
    click.echo(f"{target.title} holds {path}")
