#!/usr/bin/env python3
"""Measures how fast the accelerator's RTL is simulated: clock cycles per second over whole networks.

    scripts/benchmark_simulation.py MODEL... [--config large] [--set field=value] [--repeats 10]

Each network runs ``--repeats`` times in one simulation, and its outputs are checked. Only the time between a
run's start and its end counts, so neither loading the memories nor starting the simulator does. If the machine
has other work, the rate by processor time comes closer to what it can do alone.
"""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from celosia.cli.inputs import random_input
from celosia.cli.options import configuration, configuration_options
from celosia.cli.result import compare
from celosia.compiler.compile import compile_graph
from celosia.compiler.tflite_import import import_tflite
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.rtl import RtlDevice
from celosia.runtime.session import Session


class TimedDevice(RtlDevice):
    """Notes how long each run takes, by the clock on the wall and by the processor."""

    def __init__(self, config: AcceleratorConfig) -> None:
        super().__init__(config)
        self.seconds = 0.0
        self.processor_seconds = 0.0

    def start(self, commands: int = 0) -> None:
        """Start the program and the clocks."""
        self._started, self._processor_started = time.perf_counter(), self._processor_time()
        super().start(commands)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end, and stop the clocks."""
        ended = super().wait(timeout)
        self.seconds = time.perf_counter() - self._started
        self.processor_seconds = self._processor_time() - self._processor_started
        return ended

    def _processor_time(self) -> float:
        """Seconds that the simulator has had a processor, which Linux counts in nanoseconds."""
        statistics = Path(f"/proc/{self._simulation.process_id}/schedstat").read_text(encoding="ascii")
        return int(statistics.split()[0]) / 1e9


@click.command()
@click.argument("models", nargs=-1, required=True, type=click.Path(path_type=Path))
@configuration_options
@click.option(
    "--repeats", type=click.IntRange(min=1), default=10, show_default=True, help="Runs of each network."
)
def main(models: tuple[Path, ...], config: str, settings: tuple[str, ...], repeats: int) -> None:
    """Print the clock cycles a second that each of MODELS is simulated at."""
    accelerator = configuration(config, settings)
    for path in models:
        graph = import_tflite(path)
        program = compile_graph(graph, accelerator)
        started = time.perf_counter()
        device = TimedDevice(accelerator)
        built = time.perf_counter() - started
        generator = np.random.default_rng(0)
        rates, processor_rates = [], []
        with device:
            session = Session(device, program)
            for _ in range(repeats):
                inputs = [random_input(graph.tensors[index], generator) for index in graph.inputs]
                run = session.run(inputs)
                if run.cycles is None or compare(graph, program, run, inputs).mismatches:
                    raise click.ClickException(f"{path.name}: outputs differ from the golden model's")
                rates.append(run.cycles / device.seconds)
                processor_rates.append(run.cycles / device.processor_seconds)
        print(f"{path.stem}: {run.cycles:,} cycles; simulator built in {built:.1f} s")
        print(f"    {spread(rates)}")
        print(f"    {spread(processor_rates)} of processor time")


def spread(rates: Sequence[float]) -> str:
    """Slowest, median and fastest of some rates."""
    low, middle, high = (round(rate / 1000) for rate in (min(rates), statistics.median(rates), max(rates)))
    return f"{low} / {middle} / {high} thousand cycles a second (slowest, median, fastest run)"


if __name__ == "__main__":
    main()
