"""One network on one configuration, as ``celosia bench`` sees it: measured on the RTL, or predicted."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console

from celosia.cli.inputs import Array
from celosia.cli.result import run_batch, utilization
from celosia.cli.simulating import simulated_device
from celosia.compiler.compile import compile_graph
from celosia.compiler.compiled import CompiledModel
from celosia.compiler.cost import CommandTime, RunAccount, account, predict
from celosia.compiler.errors import CapacityError
from celosia.compiler.graph import Graph
from celosia.generators.presets import PRESETS
from celosia.rtl.command import engines_of
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.session import Session

MEASURED, PREDICTED = "rtl", "predicted"

#: Memories of the scaling study where a preset's own do not hold a network; they hardly change its cycles.
ROOMY = {
    "scratchpad_bytes": 1 << 22,
    "weight_bytes": 1 << 25,
    "parameter_words": 1 << 16,
    "program_bytes": 1 << 24,
}


@dataclass(frozen=True, eq=False)
class BenchRun:
    """A network's cycles on a configuration, and where they went.

    ``source`` is ``MEASURED`` or ``PREDICTED``; ``mismatches`` counts output elements that differ from the golden
    model's, None if nothing was computed; ``predicted_cycles`` are the cost model's; ``clock_hz`` turns cycles into
    time. The network, its cycles and its multiply-accumulates are those of ``batch`` inputs.
    """

    model: str
    config: str
    program: CompiledModel
    source: str
    mismatches: int | None
    cycles: int
    predicted_cycles: int
    layer_cycles: tuple[int, ...]
    commands: tuple[CommandTime, ...]
    account: RunAccount
    clock_hz: int
    batch: int

    @property
    def accelerator(self) -> AcceleratorConfig:
        """The configuration."""
        return self.program.config

    @property
    def utilization(self) -> float:
        """Share of the array's multiply-accumulates that did work, 0 to 1."""
        return utilization(self.program.macs, self.cycles, self.accelerator) or 0.0

    @property
    def seconds(self) -> float:
        """Time of all inputs."""
        return self.cycles / self.clock_hz

    @property
    def inferences_per_second(self) -> float:
        """Inputs that are computed in a second."""
        return self.batch / self.seconds

    def as_json(self) -> dict[str, Any]:
        """Plain values; ``docs/bench.md`` describes them."""
        engines = engines_of(self.accelerator)
        totals = {engine.name.lower(): self.account.total(engine) for engine in engines}
        layers = []
        for layer, cycles, mine in zip(
            self.program.layers, self.layer_cycles, self.account.layers, strict=True
        ):
            on_chip = layer.where == "accelerator"
            layers.append(
                {
                    "name": layer.name,
                    "op": layer.operation,
                    "where": layer.where,
                    "packing": layer.packing,
                    "macs": layer.macs,
                    "cycles": cycles if on_chip else None,
                    "utilization": mine.utilization(layer.macs, self.accelerator),
                    "engines": {engine.name.lower(): asdict(mine.engines[engine]) for engine in engines},
                    "bytes": asdict(mine.traffic),
                }
            )
        return {
            "model": self.model,
            "config": self.config,
            "configuration": self.accelerator.model_dump(),
            "batch": self.batch,
            "source": self.source,
            "bit_exact": None if self.mismatches is None else self.mismatches == 0,
            "mismatches": self.mismatches,
            "cycles": self.cycles,
            "predicted_cycles": self.predicted_cycles,
            "macs": self.program.macs,
            "utilization": self.utilization,
            "clock_hz": self.clock_hz,
            "seconds": self.seconds,
            "inferences_per_second": self.inferences_per_second,
            "engines": {
                name: {"share_busy": total.busy / self.cycles, "cycles": asdict(total)}
                for name, total in totals.items()
            },
            "bytes": asdict(self.account.traffic),
            "layers": layers,
        }


def predicted_run(model: str, config: str, program: CompiledModel, clock_hz: int, batch: int = 1) -> BenchRun:
    """What the cost model expects of a program for ``batch`` inputs."""
    prediction = predict(program)
    return BenchRun(
        model,
        config,
        program,
        PREDICTED,
        None,
        prediction.cycles,
        prediction.cycles,
        prediction.layer_cycles,
        prediction.commands,
        account(program, prediction.commands, prediction.cycles),
        clock_hz,
        batch,
    )


def measured_run(
    model: str,
    config: str,
    graph: Graph,
    program: CompiledModel,
    samples: Sequence[Sequence[Array]],
    clock_hz: int,
    console: Console,
) -> BenchRun:
    """Simulate a program for as many inputs as there are ``samples`` on the RTL; compare each one's outputs.

    ``graph`` is the network of one input, whose outputs the golden model computes.
    """
    label = f"simulating {model} on {config}"
    with simulated_device(program.config, console, profile=True, label=label) as device:
        results = run_batch(Session(device, program), graph, samples, len(samples))
    run = results[0].run
    if run.cycles is None or run.layer_cycles is None:
        raise RuntimeError("the simulation did not count cycles")
    return BenchRun(
        model,
        config,
        program,
        MEASURED,
        sum(result.mismatches for result in results),
        run.cycles,
        predict(program).cycles,
        run.layer_cycles,
        run.commands,
        account(program, run.commands, run.cycles),
        clock_hz,
        len(samples),
    )


def scaling_study(model: str, graph: Graph, batch: int) -> list[BenchRun]:
    """Predictions of a network of ``batch`` inputs for all presets, the smallest array first.

    A network that a preset's memories do not hold gets larger ones; one that no memories hold has no entry there.
    """
    runs = []
    for name, preset in PRESETS.items():
        for config in (preset, AcceleratorConfig.create({**preset.model_dump(), **ROOMY})):
            try:
                program = compile_graph(graph, config)
            except CapacityError:
                continue
            runs.append(predicted_run(model, name, program, config.clock_hz, batch))
            break
    return runs
