"""A build's report as people like to read it."""

from itertools import groupby

from rich import box
from rich.table import Table

from celosia.fpga.report import Report

#: Cell names say how synthesis made them: what follows these words is no name of the design.
CELL_MARKS = ("_TRELLIS_", "_LUT4", "_PFUMX", "_L6MUX21", "_CCU2C", "_SB_", "_DFF", "_ALU", "_MUX2", "$")


def resource_table(report: Report, title: str) -> Table:
    """What the design uses of the FPGA."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("resource")
    for heading in ("used", "available", "share"):
        table.add_column(heading, justify="right")
    for resource in report.resources:
        share = f"{resource.used / resource.available:.0%}" if resource.available else "-"
        table.add_row(resource.name, f"{resource.used:,}", f"{resource.available:,}", share)
    return table


def path_table(report: Report) -> Table:
    """The critical path, one row for each part of the design that it goes through."""
    table = Table(title="Critical path", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("through", overflow="fold")
    for heading in ("logic ns", "routing ns", "until ns"):
        table.add_column(heading, justify="right")
    until = 0.0
    for name, steps in groupby(report.critical_path, key=lambda step: design_name(step.source)):
        delays = {True: 0.0, False: 0.0}
        for step in steps:
            delays[step.kind == "routing"] += step.delay_ns
        until += sum(delays.values())
        table.add_row(name, *(f"{delay:.2f}" for delay in (delays[False], delays[True], until)))
    return table


def design_name(cell: str) -> str:
    """The name of the design's own that a cell was made for."""
    end = min((place for mark in CELL_MARKS if (place := cell.find(mark)) > 0), default=len(cell))
    return cell[:end]
