"""What a run found, for people and for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from celosia.cli.inputs import Array
from celosia.compiler.compiled import CompiledModel
from celosia.compiler.cost import predict
from celosia.compiler.evaluate import evaluate
from celosia.compiler.graph import Graph
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.session import Run, Session


@dataclass(frozen=True, eq=False)
class Sample:
    """One input's run, and how many output elements differ from the golden model's."""

    run: Run
    mismatches: int


@dataclass(frozen=True)
class LayerResult:
    """One layer; ``cycles`` and ``utilization`` are None where there is no timing, ``where`` is accelerator or host."""

    name: str
    op: str
    where: str
    macs: int
    packing: str
    cycles: int | None
    utilization: float | None


@dataclass(frozen=True, eq=False)
class Result:
    """A network's run on one configuration, ``batch`` inputs at a time.

    Cycles and multiply-accumulates are those of the first batch; they hardly depend on the data.

    ``mismatches`` is None, and ``samples`` is empty, if nothing was computed but the cycles predicted.
    """

    model: str
    config: str
    accelerator: AcceleratorConfig
    device: str
    batch: int
    mismatches: int | None
    cycles: int | None
    macs: int
    counters: dict[str, int]
    layers: tuple[LayerResult, ...]
    samples: tuple[Sample, ...]

    @classmethod
    def of(
        cls,
        model: str,
        config: str,
        accelerator: AcceleratorConfig,
        device: str,
        program: CompiledModel,
        samples: Sequence[Sample],
        batch: int = 1,
    ) -> Self:
        """Gather what the samples of one session have in common."""
        first = samples[0].run
        return cls(
            model,
            config,
            accelerator,
            device,
            batch,
            sum(sample.mismatches for sample in samples),
            first.cycles,
            program.macs,
            first.counters,
            layer_results(program, first.layer_cycles),
            tuple(samples),
        )

    @classmethod
    def predicted(cls, model: str, config: str, program: CompiledModel, batch: int = 1) -> Self:
        """What the cost model expects of a program."""
        prediction = predict(program)
        return cls(
            model,
            config,
            program.config,
            "cost",
            batch,
            None,
            prediction.cycles,
            program.macs,
            prediction.counters(),
            layer_results(program, prediction.layer_cycles),
            (),
        )

    @property
    def utilization(self) -> float | None:
        """Share of the array's multiply-accumulates that did work, 0 to 1."""
        return utilization(self.macs, self.cycles, self.accelerator)

    def as_json(self) -> dict[str, Any]:
        """Plain values. ``output`` is the first sample's (all outputs, flattened); ``samples`` has every sample's.

        ``cycles`` of a sample are those of the batch that it was in.
        """
        outputs = [[array.ravel().tolist() for array in sample.run.outputs] for sample in self.samples]
        return {
            "model": self.model,
            "config": self.config,
            "configuration": self.accelerator.model_dump(),
            "device": self.device,
            "batch": self.batch,
            "bit_exact": None if self.mismatches is None else self.mismatches == 0,
            "mismatches": self.mismatches,
            "cycles": self.cycles,
            "macs": self.macs,
            "utilization": self.utilization,
            "output": [value for arrays in outputs[:1] for array in arrays for value in array],
            "samples": [
                {"output": arrays, "cycles": sample.run.cycles, "mismatches": sample.mismatches}
                for arrays, sample in zip(outputs, self.samples, strict=True)
            ],
            "counters": self.counters,
            "layers": [vars(layer) for layer in self.layers],
        }


def layer_results(program: CompiledModel, layer_cycles: Sequence[int] | None) -> tuple[LayerResult, ...]:
    """The layers of a program, with the cycles by which each moved the end of the network, if these are known."""
    results = []
    for index, layer in enumerate(program.layers):
        timed = layer_cycles is not None and layer.where == "accelerator"
        cycles = layer_cycles[index] if layer_cycles is not None and timed else None
        share = utilization(layer.macs, cycles, program.config)
        results.append(
            LayerResult(layer.name, layer.operation, layer.where, layer.macs, layer.packing, cycles, share)
        )
    return tuple(results)


def run_batch(session: Session, graph: Graph, samples: Sequence[Sequence[Array]], batch: int) -> list[Sample]:
    """Run up to ``batch`` inputs at once, the last again in place of missing ones, and compare each one's outputs."""
    filled = [*samples, *[samples[-1]] * (batch - len(samples))]
    run = session.run(
        [np.concatenate(arrays) if batch > 1 else arrays[0] for arrays in zip(*filled, strict=True)]
    )
    return [
        compare(graph, session.program, own, inputs)
        for own, inputs in zip(run.split(batch), samples, strict=False)
    ]


def compare(graph: Graph, program: CompiledModel, run: Run, inputs: Sequence[Array]) -> Sample:
    """Count the elements of a run that differ from the golden model.

    What the accelerator gave is compared before the host goes on with it, so that a later softmax cannot hide
    a difference.
    """
    golden = evaluate(graph, inputs)
    pairs = [(golden[index], got) for index, got in zip(graph.outputs, run.outputs, strict=True)]
    written = {layer.address: layer.tensor for layer in program.layers if layer.where == "accelerator"}
    for address, content in zip(program.output_addresses, run.contents, strict=True):
        if address in written:
            pairs.append((golden[written[address]], np.frombuffer(content, np.int8)))
    return Sample(run, sum(int(np.sum(expected.ravel() != got.ravel())) for expected, got in pairs))


def utilization(macs: int, cycles: int | None, config: AcceleratorConfig) -> float | None:
    """Share of the array's multiply-accumulates that did work; None without cycles."""
    return macs / (cycles * config.macs_per_cycle) if cycles else None
