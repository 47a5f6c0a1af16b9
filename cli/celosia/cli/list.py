"""``celosia list``: what there is to choose from."""

import click
from rich import box
from rich.console import Console
from rich.table import Table

from celosia.fpga.boards import known
from celosia.generators.presets import PRESETS
from celosia.generators.registry import UNITS, build_unit, unit_latency
from celosia.rtl.config import AcceleratorConfig


@click.command("list")
def list_command() -> None:
    """Show the presets, the configuration fields, the units that can be generated, and the boards."""
    console = Console()
    console.print(_presets())
    console.print(_fields())
    console.print(_units())
    console.print(_boards())


def _presets() -> Table:
    table = Table(box=box.SIMPLE_HEAD, title="Presets (--config NAME)", title_justify="left")
    table.add_column("field")
    for name in PRESETS:
        table.add_column(name, justify="right")
    for field in AcceleratorConfig.model_fields:
        table.add_row(field, *(str(getattr(config, field)) for config in PRESETS.values()))
    return table


def _fields() -> Table:
    table = Table(box=box.SIMPLE_HEAD, title="Configuration fields (--set FIELD=VALUE)", title_justify="left")
    for heading in ("field", "default", "meaning"):
        table.add_column(heading)
    for name, field in AcceleratorConfig.model_fields.items():
        table.add_row(name, str(field.default), field.description)
    return table


def _units() -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, title="Units (celosia generate UNIT --set NAME=VALUE)", title_justify="left"
    )
    for heading in ("unit", "what it is", "latency", "parameters"):
        table.add_column(heading, justify="right" if heading == "latency" else "left")
    for name, unit in UNITS.items():
        parameters = ", ".join(f"{key}={parameter.default}" for key, parameter in unit.parameters.items())
        if unit.parameters.keys() == AcceleratorConfig.model_fields.keys():
            parameters = "every configuration field"
        latency = unit_latency(build_unit(name))
        table.add_row(name, unit.description, "" if latency is None else str(latency), parameters)
    return table


def _boards() -> Table:
    table = Table(box=box.SIMPLE_HEAD, title="Boards (celosia build --board NAME)", title_justify="left")
    for heading in ("board", "what it is", "array", "clock"):
        table.add_column(heading)
    for name, board in known().items():
        config = board.configuration()
        table.add_row(name, board.title, f"{config.rows}x{config.cols}", f"{config.clock_hz / 1e6:g} MHz")
    return table
