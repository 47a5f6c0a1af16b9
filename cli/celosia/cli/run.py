"""``celosia run``: a network on generated hardware, checked against the golden model."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click
import numpy as np
from rich.console import Console

from celosia.cli import digits
from celosia.cli.board_options import choose_configuration, default_baud_rate, target_options
from celosia.cli.devices import COST, RTL, device_options, opened
from celosia.cli.errors import CheckFailed, InputError
from celosia.cli.inputs import Array, random_input, read_input
from celosia.cli.options import batch_option, check_writable
from celosia.cli.result import Result, run_batch
from celosia.cli.tables import print_digit, print_summary, run_table
from celosia.compiler.batch import batched
from celosia.compiler.compile import compile_graph
from celosia.compiler.graph import Graph
from celosia.compiler.tflite_import import import_tflite
from celosia.generators.files import write_atomically
from celosia.runtime.session import Session


@click.command()
@click.argument("model", required=False, type=click.Path(path_type=Path))
@target_options
@device_options
@click.option(
    "--input",
    "input_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A .npy file or an image, one for each input of the network, and so for each of a batch."
    " [default: random numbers]",
)
@batch_option
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the random inputs.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the result there, machine-readable.",
)
@click.option(
    "--wave",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Record waveforms of the simulation there: a .fst or .vcd file.",
)
def run(
    model: Path | None,
    board: str | None,
    config: str | None,
    settings: tuple[str, ...],
    device: str,
    baud_rate: int | None,
    input_files: tuple[Path, ...],
    batch: int,
    seed: int,
    json_file: Path | None,
    wave: Path | None,
) -> None:
    """Compile MODEL, run it on the accelerator, and compare every output with the golden model.

    With --device cost, nothing runs: the cost model predicts the cycles in a moment.

    MODEL is an int8 .tflite file; without one, the bundled network reads ten handwritten digits.
    """
    config, accelerator = choose_configuration(board, config, settings)
    if wave is not None and device != RTL:
        raise InputError("--wave needs --device rtl: the others do not show their signals")
    check_writable(wave, json_file)
    if input_files and device == COST:
        raise InputError("--input needs another --device: the cost model computes nothing")
    console = Console()
    progress = Console(stderr=True)
    bundled = model is None
    path = digits.model_path() if model is None else model
    with progress.status(f"compiling {path.name}"):
        graph = import_tflite(path)
        program = compile_graph(batched(graph, batch), accelerator)
    name = path.stem if model else digits.NAME
    if device == COST:
        predicted = Result.predicted(name, config, program, batch)
        publish(console, predicted, json_file)
        print_summary(console, predicted)
        return
    labels = None
    if bundled and not input_files:
        samples, labels = digit_samples(graph)
    else:
        samples = given_inputs(graph, input_files, seed, batch)

    results = []
    started = time.monotonic()
    with opened(device, accelerator, baud_rate or default_baud_rate(board), wave, progress) as target:
        session = Session(target, program)
        for first in range(0, len(samples), batch):
            results += run_batch(session, graph, samples[first : first + batch], batch)
    elapsed = time.monotonic() - started

    result = Result.of(name, config, accelerator, device, program, results, batch)
    publish(console, result, json_file)
    if labels is not None:
        for pixels, label, sample in zip(digits.images()[0], labels, results, strict=True):
            print_digit(console, pixels, int(label), sample, last=sample is results[-1])
    print_summary(console, result, elapsed)
    if result.mismatches:
        raise CheckFailed(f"{result.mismatches} output elements differ from the golden model")


def publish(console: Console, result: Result, json_file: Path | None) -> None:
    """Write the result to a file if there is one, and show its layers."""
    if json_file is not None:
        write_atomically(json_file, (json.dumps(result.as_json(), indent=2) + "\n").encode())
    console.print(run_table(result))


def digit_samples(graph: Graph) -> tuple[list[list[Array]], Array]:
    """The bundled images as inputs, and their labels."""
    images, labels = digits.images()
    tensor = graph.tensors[graph.inputs[0]]
    if tensor.quantization is None:
        raise InputError("the bundled network has no quantised input: train it again")
    scale, zero = tensor.quantization.scale[0], tensor.quantization.zero_point[0]
    levels = np.clip(np.round(images / scale) + zero, -128, 127).astype(np.int8)
    return [[image.reshape(tensor.shape)] for image in levels], labels


def given_inputs(graph: Graph, files: tuple[Path, ...], seed: int, batch: int) -> list[list[Array]]:
    """One array for each input of the network, ``batch`` times, from files or at random."""
    tensors = [graph.tensors[index] for index in graph.inputs]
    if not files:
        generator = np.random.default_rng(seed)
        return [[random_input(tensor, generator) for tensor in tensors] for _ in range(batch)]
    if len(files) != len(tensors) * batch:
        names = ", ".join(repr(tensor.name) for tensor in tensors)
        each = f", and so for each of {batch}" if batch > 1 else ""
        raise InputError(
            f"--input must be given {len(tensors) * batch} times, for {names}{each}, not {len(files)} times"
        )
    own = [files[first : first + len(tensors)] for first in range(0, len(files), len(tensors))]
    return [[read_input(file, tensor) for file, tensor in zip(group, tensors, strict=True)] for group in own]
