"""``celosia bench``: networks on configurations, and where their cycles go."""

from __future__ import annotations

import json
from pathlib import Path

import click
import numpy as np
from rich.console import Console

from celosia.cli import digits
from celosia.cli.bench_clock import bench_clock
from celosia.cli.bench_page import bench_page
from celosia.cli.bench_run import BenchRun, measured_run, predicted_run, scaling_study
from celosia.cli.bench_tables import bench_table, cause_table, scaling_table, traffic_table
from celosia.cli.errors import CheckFailed
from celosia.cli.inputs import random_input
from celosia.cli.options import DEFAULT_CONFIG, batch_option, check_writable, configuration
from celosia.compiler.batch import batched
from celosia.compiler.compile import compile_graph
from celosia.compiler.tflite_import import import_tflite
from celosia.generators.files import write_atomically
from celosia.generators.presets import PRESETS


@click.command()
@click.argument("models", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--config",
    "configs",
    multiple=True,
    default=[DEFAULT_CONFIG],
    show_default=True,
    metavar="NAME|FILE.toml",
    help=f"A preset ({', '.join(PRESETS)}) or a configuration file; may be repeated.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Change one field of every configuration; may be repeated. `celosia list` shows the fields.",
)
@click.option("--predict", "predict_only", is_flag=True, help="Ask the cost model; simulate nothing.")
@click.option("--scaling", is_flag=True, help="Predict every network on every preset too.")
@batch_option
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the random inputs.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write all numbers there, machine-readable.",
)
@click.option(
    "--html",
    "html_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a page with timeline, lost cycles, roofline and scaling there; includes --scaling.",
)
def bench(
    models: tuple[Path, ...],
    configs: tuple[str, ...],
    settings: tuple[str, ...],
    predict_only: bool,
    scaling: bool,
    batch: int,
    seed: int,
    json_file: Path | None,
    html_file: Path | None,
) -> None:
    """Run each MODEL on each configuration, and show where every cycle of every engine goes.

    MODELs are int8 .tflite files; without one, the bundled network is taken. Each is simulated on the generated RTL
    with random inputs, and its outputs are compared with the golden model's. Times are those at the configured
    clock, or at the Fmax that `celosia build` reached if --config is the config.toml that it wrote.
    """
    check_writable(json_file, html_file)
    console, progress = Console(), Console(stderr=True)
    accelerators = {config: configuration(config, settings) for config in configs}
    graphs = {}
    for path in models or [digits.model_path()]:
        name = path.stem if models else digits.NAME
        graphs[name if name not in graphs else str(path)] = import_tflite(path)

    runs: list[BenchRun] = []
    study: list[BenchRun] = []
    for name, graph in graphs.items():
        generator = np.random.default_rng(seed)
        samples = [
            [random_input(graph.tensors[index], generator) for index in graph.inputs] for _ in range(batch)
        ]
        network = batched(graph, batch)
        for config, accelerator in accelerators.items():
            clock = bench_clock(config, accelerator)
            with progress.status(f"compiling {name} for {config}"):
                program = compile_graph(network, accelerator)
            if predict_only:
                runs.append(predicted_run(name, config, program, clock, batch))
            else:
                runs.append(measured_run(name, config, graph, program, samples, clock, progress))
        if scaling or html_file is not None:
            with progress.status(f"predicting {name} on all presets"):
                study += scaling_study(name, network, batch)

    if json_file is not None:
        content = {"runs": [run.as_json() for run in runs], "scaling": [run.as_json() for run in study]}
        write_atomically(json_file, (json.dumps(content, indent=2) + "\n").encode())
    if html_file is not None:
        write_atomically(html_file, bench_page(runs, study).encode())
    for run in runs:
        console.print(cause_table(run))
        console.print(traffic_table(run))
    for name in dict.fromkeys(run.model for run in study):
        console.print(scaling_table(name, [run for run in study if run.model == name]))
    console.print(bench_table(runs))
    if html_file is not None:
        click.echo(f"wrote {html_file}")
    if wrong := [f"{run.model} on {run.config}" for run in runs if run.mismatches]:
        raise CheckFailed(f"outputs differ from the golden model: {', '.join(wrong)}")
    console.print(
        "predicted by the cost model; nothing was computed" if predict_only else "all outputs: bit-exact"
    )
