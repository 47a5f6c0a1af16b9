"""``celosia list``: what there is to choose from."""

import click
from rich.console import Console
from rich.table import Table

from celosia.generators.presets import PRESETS
from celosia.generators.registry import UNITS
from celosia.rtl.config import AcceleratorConfig


@click.command("list")
def list_command() -> None:
    """Show the presets, the configuration fields, and the units that can be generated."""
    console = Console()
    console.print(_presets())
    console.print(_fields())
    console.print(_units())


def _presets() -> Table:
    table = Table(title="Presets (--config NAME)", title_justify="left")
    shown = ("rows", "cols", "pe_rows", "pe_cols", "weight_rows_per_cycle", "vector_lanes", "scratchpad_bytes", "weight_bytes")
    table.add_column("name")
    for field in shown:
        table.add_column(field, justify="right")
    for name, config in PRESETS.items():
        table.add_row(name, *(str(getattr(config, field)) for field in shown))
    return table


def _fields() -> Table:
    table = Table(title="Configuration fields (--set FIELD=VALUE)", title_justify="left")
    for heading in ("field", "default", "meaning"):
        table.add_column(heading)
    for name, field in AcceleratorConfig.model_fields.items():
        table.add_row(name, str(field.default), field.description)
    return table


def _units() -> Table:
    table = Table(title="Units (celosia generate UNIT --set NAME=VALUE)", title_justify="left")
    for heading in ("unit", "what it is", "parameters"):
        table.add_column(heading)
    for name, unit in UNITS.items():
        parameters = ", ".join(f"{key}={parameter.default}" for key, parameter in unit.parameters.items())
        table.add_row(name, unit.description, parameters)
    return table
