"""``celosia compile``: a model to a program file."""

from pathlib import Path

import click
from rich.console import Console

from celosia.cli.options import batch_option, configuration, configuration_options
from celosia.cli.tables import program_table
from celosia.compiler.batch import batched
from celosia.compiler.compile import compile_graph
from celosia.compiler.tflite_import import import_tflite


@click.command("compile")
@click.argument("model", type=click.Path(path_type=Path))
@configuration_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write the program. [default: MODEL with the suffix .celosia, in this folder]",
)
@batch_option
def compile_command(
    model: Path, config: str, settings: tuple[str, ...], output: Path | None, batch: int
) -> None:
    """Compile MODEL, an int8 .tflite file, into a program for one configuration, and show what each layer costs."""
    accelerator = configuration(config, settings)
    console = Console(stderr=True)
    with console.status(f"compiling {model.name}"):
        program = compile_graph(batched(import_tflite(model), batch), accelerator)
    target = output if output is not None else Path(model.with_suffix(".celosia").name)
    program.save(target)
    Console().print(program_table(program))
    click.echo(f"wrote {target}")
