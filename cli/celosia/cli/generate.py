"""``celosia generate``: Verilog of a unit."""

from pathlib import Path

import click
from rich.console import Console

from celosia.cli.errors import InputError
from celosia.cli.options import DEFAULT_CONFIG, check_writable
from celosia.generators.files import write_atomically
from celosia.generators.register_map import register_header
from celosia.generators.registry import UNITS, UnitError, build_unit
from celosia.generators.verilog import emit


@click.command()
@click.argument("unit", default="accelerator")
@click.option(
    "--config",
    metavar="NAME|FILE.toml",
    help=f"Preset or file the unit is sized by. [default: {DEFAULT_CONFIG}]",
)
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Change one parameter; may be repeated."
)
@click.option(
    "--bus",
    type=click.Choice(["host", "axi", "wishbone"]),
    default="host",
    show_default=True,
    help="How a system on chip reaches the accelerator; `docs/soc.md` describes it.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Verilog file. [default: standard output]",
)
@click.option(
    "--header",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the addresses of registers and memories there, as a C header.",
)
def generate(
    unit: str,
    config: str | None,
    settings: tuple[str, ...],
    bus: str,
    output: Path | None,
    header: Path | None,
) -> None:
    """Write the Verilog of UNIT (default: the whole accelerator).

    `celosia list` shows the units and their parameters.
    """
    if bus != "host":
        if unit != "accelerator":
            raise InputError(f"--bus is for the accelerator: {unit} has ports of its own")
        unit = f"accelerator_{bus}"
    check_writable(output, header)
    with Console(stderr=True).status(f"generating {unit}"):
        try:
            component = build_unit(unit, config or DEFAULT_CONFIG, settings)
        except UnitError as error:
            raise InputError(str(error)) from None
        text = emit(component, name=UNITS[unit].module)
    if header is not None:
        write_atomically(header, register_header().encode())
    if output is None:
        click.echo(text, nl=False)
    else:
        write_atomically(output, text.encode())
        click.echo(f"wrote {output} ({text.count(chr(10))} lines)", err=True)
