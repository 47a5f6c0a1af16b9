"""Placing and routing: one placement after the other, or two at a time."""

import json
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

from celosia.fpga.families.family import Family, Step
from celosia.fpga.progress import Progress, reported
from celosia.fpga.report import Report, read_report
from celosia.fpga.tools import find, run

T = TypeVar("T")

#: How many placements are made and routed at once: as many as hardly any computer has too few processors for. nextpnr's
#: router finds no way for the last few wires of some placements for longer than all others took.
TOGETHER = 2
#: Where nextpnr writes a placement.
PLACED = "placed.json"


@dataclass(frozen=True, eq=False)
class Placement:
    """What is placed, and where.

    Attributes
    ----------
    family, platform
        The FPGA's family, and the board.
    clock_hz
        The clock to meet.
    netlist
        Synthesis' ``top.json``.
    constraints
        Contents of the file of pin constraints.
    """

    family: Family
    platform: Any
    clock_hz: float
    netlist: Path
    constraints: str

    def searches(self, seeds: Sequence[int]) -> Sequence[Sequence[int]]:
        """These seeds as they are to be tried: some at once where placing and routing are steps of their own."""
        count = TOGETHER if self._two_steps(0) else 1
        return [seeds[first : first + count] for first in range(0, len(seeds), count)]

    def title(self, seeds: Sequence[int], tries: int) -> str:
        """What making one of these placements is, as one of so many tries in all."""
        title = self._one_step(seeds[0]).title
        return title if tries == 1 else _of_seeds(title, seeds)

    def key(self, seeds: Sequence[int]) -> Sequence[str]:
        """Everything beside the netlist and the constraints that the result depends on."""
        steps = [step for seed in seeds for step in self._two_steps(seed) or [self._one_step(seed)]]
        steps.append(self.family.pack(self.platform))
        return [word for step in steps for word in (find(step.tool).version, *step.arguments)]

    def make(self, folder: Path, seeds: Sequence[int], listener: Progress) -> None:
        """Fill a folder with the bitstream, ``report.json``, the tools' logs, and the ``seed`` that they are of.

        If placing and routing are steps of their own, all seeds are placed at once, and then routed at once, until the
        first one meets the clock; if none does, the fastest one counts.
        """
        pairs = {seed: steps for seed in seeds if (steps := self._two_steps(seed)) is not None}
        if not pairs:
            (seed,) = seeds
            self._run(self._one_step(seed), folder / f"seed_{seed}")
            self._finish(folder, seed)
            return
        needless = Event()

        def place(seed: int) -> None:
            self._place(pairs[seed][0], folder / f"seed_{seed}", needless)

        def route(seed: int) -> float:
            return self._route(pairs[seed][1], folder, seed, needless)

        placing, routing = next(iter(pairs.values()))
        with reported(listener, _of_seeds(placing.title, seeds)):
            _for_each(seeds, place, needless)
        with reported(listener, _of_seeds(routing.title, seeds)):
            routed = _for_each(seeds, route, needless)
        self._finish(folder, max(routed, key=lambda seed: routed[seed]))

    def _one_step(self, seed: int) -> Step:
        return self.family.place_and_route(self.platform, clock_hz=self.clock_hz, seed=seed)

    def _two_steps(self, seed: int) -> tuple[Step, Step] | None:
        return self.family.place_then_route(self.platform, clock_hz=self.clock_hz, seed=seed)

    def _place(self, step: Step, folder: Path, needless: Event) -> None:
        """Place, and better what the placer has left."""
        if not self._run(step, folder, needless):
            return
        placed = json.loads((folder / PLACED).read_text(encoding="utf-8"))
        if self.family.refine(placed):
            (folder / PLACED).write_text(json.dumps(placed), encoding="utf-8")

    def _route(self, step: Step, folder: Path, seed: int, needless: Event) -> float:
        """The clock in MHz that routing reaches; 0 if another placement has met the clock before it came to its end."""
        if not run(step, folder / f"seed_{seed}", needless=needless):
            return 0
        report = self._report(folder, seed)
        if report.meets_clock:
            needless.set()
        return report.clock_mhz

    def _run(self, step: Step, folder: Path, needless: Event | None = None) -> bool:
        """Run a step that begins with the netlist; whether it came to its end."""
        folder.mkdir()
        shutil.copy(self.netlist, folder / "top.json")
        (folder / f"top{self.family.constraints}").write_text(self.constraints, encoding="utf-8")
        ended = run(step, folder, needless=needless)
        (folder / "top.json").unlink()
        return ended

    def _report(self, folder: Path, seed: int) -> Report:
        text = (folder / f"seed_{seed}" / "report.json").read_text(encoding="utf-8")
        return read_report(text, family=self.family, target_mhz=self.clock_hz / 1e6, seed=seed)

    def _finish(self, folder: Path, seed: int) -> None:
        """Keep one seed's results, and make its bitstream."""
        best = folder / f"seed_{seed}"
        (best / PLACED).unlink(missing_ok=True)
        for file in best.iterdir():
            file.rename(folder / file.name)
        for other in folder.glob("seed_*"):
            shutil.rmtree(other)
        (folder / "seed").write_text(str(seed), encoding="utf-8")
        run(self.family.pack(self.platform), folder)


def _for_each(seeds: Sequence[int], work: Callable[[int], T], needless: Event) -> dict[int, T]:
    """What ``work`` gives for each seed, all at once; a failure, or an interruption, makes the others needless."""
    with ThreadPoolExecutor(len(seeds)) as pool:
        futures = {seed: pool.submit(work, seed) for seed in seeds}
        try:
            for future in as_completed(futures.values()):
                future.result()
        except BaseException:
            needless.set()
            raise
    return {seed: future.result() for seed, future in futures.items()}


def _of_seeds(title: str, seeds: Sequence[int]) -> str:
    return f"{title} (seed{'s' * (len(seeds) > 1)} {' and '.join(map(str, seeds))})"
