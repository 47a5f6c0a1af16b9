"""What ``celosia bench`` shows in a terminal."""

from collections.abc import Iterable
from dataclasses import asdict

from rich import box
from rich.table import Table

from celosia.cli.bench_run import MEASURED, BenchRun
from celosia.cli.tables import layer_table, percent, short
from celosia.compiler.cost import Account
from celosia.rtl.command import Engine, engines_of

CAUSES = {
    "useful": "used",
    "edge_tiles": "edge",
    "narrow_channels": "narrow",
    "weights": "weights",
    "bank": "bank",
    "dependency": "depend",
    "fill_drain": "fill",
    "no_command": "idle",
}
"""Fields of an account, and headings that fit a narrow column."""


def bench_table(runs: Iterable[BenchRun]) -> Table:
    """One row a run."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in ("network", "config"):
        table.add_column(heading, no_wrap=True)
    for heading in ("cycles", "error", "util.", "ms", "inf/s", "busy"):
        table.add_column(heading, justify="right", no_wrap=True)
    for run in runs:
        shares = (run.account.total(engine).busy / run.cycles for engine in engines_of(run.accelerator))
        table.add_row(
            short(run.model),
            run.config,
            f"{run.cycles:,}",
            f"{run.predicted_cycles / run.cycles - 1:+.1%}" if run.source == MEASURED else "-",
            percent(run.utilization),
            f"{run.seconds * 1e3:.3f}",
            f"{run.inferences_per_second:,.0f}",
            " ".join(f"{share:.0%}" for share in shares),
        )
    names = ", ".join(engine.name for engine in Engine)
    table.caption = f"error: of the cost model; ms, inf/s: at the configured clock; busy: {names}"
    table.caption_justify = "left"
    return table


def cause_table(run: BenchRun) -> Table:
    """Where each engine's cycles went, layer by layer."""
    table = layer_table(f"{run.model} on {run.config}: cycles by engine and cause")
    table.add_column("engine", no_wrap=True)
    for heading in CAUSES.values():
        table.add_column(heading, justify="right", no_wrap=True)
    for layer, mine in zip(run.program.layers, run.account.layers, strict=True):
        for engine, total in mine.engines.items():
            if total.cycles:
                table.add_row(short(layer.name), engine.name, *_cycles(total))
    table.add_section()
    for engine in engines_of(run.accelerator):
        table.add_row("total", engine.name, *_cycles(run.account.total(engine)))
    return table


def traffic_table(run: BenchRun) -> Table:
    """Bytes moved at each level of memory."""
    table = Table(
        title=f"{run.model} on {run.config}: bytes moved",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column("memory", no_wrap=True)
    for heading in ("bytes", "a cycle", "MACs a byte"):
        table.add_column(heading, justify="right", no_wrap=True)
    for level, moved in asdict(run.account.traffic).items():
        intensity = f"{run.program.macs / moved:.2f}" if moved else "-"
        table.add_row(level.replace("_", " "), f"{moved:,}", f"{moved / run.cycles:.2f}", intensity)
    return table


def scaling_table(model: str, study: Iterable[BenchRun]) -> Table:
    """Predictions for arrays of all sizes, by what MATRIX does."""
    table = Table(
        title=f"{model} on every preset, predicted: what MATRIX does",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for heading in ("config", "array"):
        table.add_column(heading, no_wrap=True)
    for heading in ("cycles", *CAUSES.values()):
        table.add_column(heading, justify="right", no_wrap=True)
    for run in study:
        shares = (f"{value / run.cycles:.0%}" for value in asdict(run.account.total(Engine.MATRIX)).values())
        size = f"{run.accelerator.rows}x{run.accelerator.cols}"
        table.add_row(run.config, size, f"{run.cycles:,}", *shares)
    return table


def _cycles(total: Account) -> list[str]:
    return [f"{round(value):,}" if round(value) else "·" for value in asdict(total).values()]
