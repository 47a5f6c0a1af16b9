"""Placing and routing: one placement after the other, or the most promising of several."""

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celosia.fpga.families.family import Family, Step
from celosia.fpga.report import Report, read_estimate, read_report
from celosia.fpga.tools import find, run


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

    @property
    def has_estimates(self) -> bool:
        """Whether a placement tells how fast it may be before it is routed, and that is worth knowing."""
        return self._two_steps(0) is not None

    def title(self, seeds: Sequence[int], tries: int) -> str:
        """What making one of these placements is, as one of so many tries in all."""
        title = self._one_step(seeds[0]).title
        if len(seeds) > 1:
            return f"{title} (seeds {seeds[0]} to {seeds[-1]})"
        return title if tries == 1 else f"{title} (seed {seeds[0]})"

    def key(self, seeds: Sequence[int]) -> Sequence[str]:
        """Everything beside the netlist and the constraints that the result depends on."""
        steps = [step for seed in seeds for step in self._steps(seed, len(seeds))]
        steps.append(self.family.pack(self.platform))
        return [word for step in steps for word in (find(step.tool).version, *step.arguments)]

    def make(self, folder: Path, seeds: Sequence[int]) -> None:
        """Fill a folder with the bitstream, ``report.json``, the tools' logs, and the ``seed`` that they are of.

        Of several seeds, all are placed, as many at a time as there are processors, and then routed, from the one
        whose estimated clock is highest on, until one meets the clock; if none does, the fastest one counts.
        """
        if len(seeds) == 1:
            place = folder / f"seed_{seeds[0]}"
            self._run(self._one_step(seeds[0]), place)
            self._finish(folder, seeds[0])
            return
        pairs = {seed: steps for seed in seeds if (steps := self._two_steps(seed)) is not None}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda seed: self._run(pairs[seed][0], folder / f"seed_{seed}"), pairs))
        logs = {seed: folder / f"seed_{seed}" / f"{place.tool}.log" for seed, (place, _) in pairs.items()}
        estimates = {seed: read_estimate(log.read_text(encoding="utf-8")) for seed, log in logs.items()}
        routed: dict[int, float] = {}
        for seed in sorted(pairs, key=lambda seed: -estimates[seed]):
            run(pairs[seed][1], folder / f"seed_{seed}")
            report = self._report(folder, seed)
            routed[seed] = report.clock_mhz
            if report.meets_clock:
                break
        self._finish(folder, max(routed, key=lambda seed: routed[seed]))

    def _one_step(self, seed: int) -> Step:
        return self.family.place_and_route(self.platform, clock_hz=self.clock_hz, seed=seed)

    def _two_steps(self, seed: int) -> tuple[Step, Step] | None:
        return self.family.place_then_route(self.platform, clock_hz=self.clock_hz, seed=seed)

    def _steps(self, seed: int, count: int) -> Sequence[Step]:
        two_steps = self._two_steps(seed) if count > 1 else None
        return two_steps or [self._one_step(seed)]

    def _run(self, step: Step, folder: Path) -> None:
        """Run a step that begins with the netlist."""
        folder.mkdir()
        shutil.copy(self.netlist, folder / "top.json")
        (folder / f"top{self.family.constraints}").write_text(self.constraints, encoding="utf-8")
        run(step, folder)
        (folder / "top.json").unlink()

    def _report(self, folder: Path, seed: int) -> Report:
        text = (folder / f"seed_{seed}" / "report.json").read_text(encoding="utf-8")
        return read_report(text, family=self.family, target_mhz=self.clock_hz / 1e6, seed=seed)

    def _finish(self, folder: Path, seed: int) -> None:
        """Keep one seed's results, and make its bitstream."""
        best = folder / f"seed_{seed}"
        (best / "placed.json").unlink(missing_ok=True)
        for file in best.iterdir():
            file.rename(folder / file.name)
        for other in folder.glob("seed_*"):
            shutil.rmtree(other)
        (folder / "seed").write_text(str(seed), encoding="utf-8")
        run(self.family.pack(self.platform), folder)
