"""Results as people like to read them."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table

from celosia.cli.drawing import draw_image, draw_plain
from celosia.cli.result import Result, Sample
from celosia.compiler.compiled import CompiledModel
from celosia.compiler.cost import predict

LONGEST_NAME = 18


def run_table(result: Result) -> Table:
    """One row a layer: cycles are those by which the layer moved the end of the network."""
    config = result.accelerator
    table = layer_table(f"{result.model} on {result.config} ({config.rows}x{config.cols})")
    for heading in ("operator", "where", "packing"):
        table.add_column(heading, no_wrap=True)
    for heading in ("MACs", "cycles", "util."):
        table.add_column(heading, justify="right", no_wrap=True)
    for layer in result.layers:
        table.add_row(
            short(layer.name),
            layer.op,
            "host" if layer.where == "host" else "chip",
            layer.packing,
            f"{layer.macs:,}" if layer.macs else "",
            count(layer.cycles) if layer.where == "accelerator" else "",
            percent(layer.utilization) if layer.macs else "",
        )
    table.add_section()
    table.add_row("total", "", "", "", f"{result.macs:,}", count(result.cycles), percent(result.utilization))
    return table


def program_table(program: CompiledModel) -> Table:
    """One row a layer of a compiled program, with the cycles that the cost model expects."""
    config = program.config
    prediction = predict(program)
    table = layer_table(f"{program.name} for {config.rows}x{config.cols}")
    for heading in ("operator", "where", "packing"):
        table.add_column(heading, no_wrap=True)
    for heading in ("MACs", "commands", "cycles"):
        table.add_column(heading, justify="right")
    commands = Counter(program.command_layers)
    for number, (layer, cycles) in enumerate(zip(program.layers, prediction.layer_cycles, strict=True)):
        macs = f"{layer.macs:,}" if layer.macs else ""
        table.add_row(
            short(layer.name),
            layer.operation,
            "host" if layer.where == "host" else "chip",
            layer.packing,
            macs,
            str(commands[number]),
            f"{cycles:,}" if layer.where == "accelerator" else "",
        )
    table.add_section()
    table.add_row("total, predicted", "", "", "", f"{program.macs:,}", "", f"{prediction.cycles:,}")
    return table


def print_digit(
    console: Console, pixels: NDArray[np.uint8], label: int, sample: Sample, *, last: bool
) -> None:
    """The last digit large with its scores; one line for the others."""
    scores = sample.run.outputs[0].ravel().astype(float)
    logits = np.frombuffer(sample.run.contents[0], np.int8)
    predicted = int(np.argmax(logits))
    verdict = "bit-exact" if not sample.mismatches else f"{sample.mismatches} mismatches"
    mark = "right" if predicted == label else "wrong"
    cycles = "" if sample.run.cycles is None else f"{sample.run.cycles:,} cycles   "
    line = f"label {label}   predicted {predicted} ({mark})   {cycles}{verdict}"
    if not last:
        console.print(line)
        return
    if console.is_terminal:
        console.print(draw_image(pixels))
    else:
        console.print(draw_plain(pixels), highlight=False)
    console.print(line)
    low, high = scores.min(), scores.max()
    for digit, score in enumerate(scores):
        bar = "█" * round((score - low) / ((high - low) or 1) * 30)
        console.print(f"  {digit} {score:6.0f} {bar}", highlight=False)


def print_summary(console: Console, result: Result, seconds: float = 0.0) -> None:
    """What the run amounts to, in two lines; ``seconds`` are those that computing took."""
    if result.cycles is not None:
        clock = result.accelerator.clock_hz
        inputs = f" for {result.batch} inputs" if result.batch > 1 else ""
        console.print(
            f"{result.cycles:,} cycles{inputs}, {result.cycles / clock * 1e3:.3f} ms at {clock / 1e6:g} MHz, "
            f"utilisation {percent(result.utilization)}"
        )
    if result.mismatches is None:
        console.print("predicted by the cost model; nothing was computed")
        return
    kind = {"rtl": "simulated RTL", "model": "functional model"}.get(result.device, result.device)
    verdict = (
        "bit-exact"
        if result.mismatches == 0
        else f"{result.mismatches} elements differ from the golden model"
    )
    console.print(f"{kind}, {len(result.samples)} input(s) in {seconds:.1f} s: [bold]{verdict}[/bold]")


def layer_table(title: str) -> Table:
    """A compact table that fits a terminal of 80 columns."""
    table = Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )
    table.add_column("layer", no_wrap=True)
    return table


def short(name: str) -> str:
    """The telling end of a tensor's name: converters put the path of all fused operators in front of it."""
    return name if len(name) <= LONGEST_NAME else f"…{name[1 - LONGEST_NAME :]}"


def count(value: int | None) -> str:
    """A number with separators; a dash for none."""
    return "-" if value is None else f"{value:,}"


def percent(value: float | None) -> str:
    """A share as a percentage; a dash for none."""
    return "-" if value is None else f"{value:.1%}"
