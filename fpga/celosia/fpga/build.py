"""The build: hardware, synthesis, place and route, bitstream, each step once for the same inputs."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from celosia.compiler.compiled import CompiledModel
from celosia.fpga.board import Board
from celosia.fpga.design import prepare
from celosia.fpga.families.family import Step
from celosia.fpga.memories import check_memories
from celosia.fpga.multipliers import SYNTHESIS_FILES, fit
from celosia.fpga.placement import Placement
from celosia.fpga.progress import Progress, Silent, reported
from celosia.fpga.report import Report, read_report
from celosia.fpga.tools import find, run
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.simulation.environment import cached

#: Part of every cache key: raise it when this file uses the tools differently for the same inputs.
RECIPE = "5"


@dataclass(frozen=True)
class Bitstream:
    """What a build makes.

    Attributes
    ----------
    path
        The bitstream, in the cache.
    report
        Its figures.
    """

    path: Path
    report: Report


def build(
    board: Board,
    config: AcceleratorConfig,
    *,
    embedded: CompiledModel | None = None,
    seed: int = 1,
    tries: int = 1,
    progress: Progress | None = None,
) -> Bitstream:
    """Build a board's bitstream, or find it in the user's cache.

    The network ``embedded``, if any, is held by the bitstream's block RAM, so that no host need load it.

    Up to ``tries`` placements are made, from ``seed`` on, until one meets the clock ``config.clock_hz``; the
    fastest one counts. On parts that take long to be routed, all are made, and then routed in the order in which they
    promise to be fast. Whether the clock is met is for the caller to judge.

    Raises
    ------
    ValueError
        If ``tries`` is below 1.
    ConfigurationError
        If the board cannot make the clock, or its FPGA is too small for the memories.
    EnvironmentProblem
        If a tool is missing.
    BuildError
        If a tool fails, for instance because the design does not fit.
    """
    if tries < 1:
        raise ValueError(f"tries must be at least 1, not {tries!r}")
    family = board.family
    listener = progress or Silent()
    platform = board.make_platform()
    part = family.part(platform)
    script = "; ".join(("read_verilog -DSYNTHESIS ram.v", "read_rtlil top.il", *family.synthesis()))
    synthesis = Step("synthesising", "yosys", ["-q", "-l", "synthesis.log", "-p", script])
    # Whatever is missing should be known now, not after an hour.
    for tool in (synthesis.tool, *family.tools):
        find(tool)

    with reported(listener, "generating the hardware"):
        design = prepare(board, config, embedded)
    check_memories(design.netlist, board, part)
    netlist, _ = fit(
        design.netlist,
        available=int(part.multipliers * family.multiplier_share),
        block=family.multiplier_bits,
        instances=family.multiplier_cells,
    )

    def synthesise(folder: Path) -> None:
        (folder / "top.il").write_text(netlist, encoding="utf-8")
        (folder / "ram.v").write_text(design.verilog, encoding="utf-8")
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        run(synthesis, folder)
        made = json.loads((folder / "top.json").read_text(encoding="utf-8"))
        if family.finish(made):
            (folder / "top.json").write_text(json.dumps(made), encoding="utf-8")

    files = {**design.contents, **SYNTHESIS_FILES}
    contents = (word for item in sorted(files.items()) for word in item)
    inputs = (RECIPE, find(synthesis.tool).version, script, netlist, design.verilog, *contents)
    synthesised = _cached(listener, synthesis.title, "netlists", inputs, synthesise) / "top.json"

    placement = Placement(
        family=family,
        platform=platform,
        clock_hz=config.clock_hz,
        netlist=synthesised,
        constraints=design.constraints,
    )
    attempts: list[Bitstream] = []
    for search in placement.searches(range(seed, seed + tries)):

        def place(folder: Path, search: Sequence[int] = search) -> None:
            placement.make(folder, search, listener)

        folder = _cached(
            listener,
            placement.title(search, tries),
            "bitstreams",
            (*inputs, design.constraints, *placement.key(search)),
            place,
        )
        report = read_report(
            (folder / "report.json").read_text(encoding="utf-8"),
            family=family,
            target_mhz=config.clock_hz / 1e6,
            seed=int((folder / "seed").read_text(encoding="utf-8")),
        )
        attempts.append(Bitstream(folder / f"top{family.bitstream}", report))
        if report.meets_clock:
            break
    return max(attempts, key=lambda made: made.report.clock_mhz)


def _cached(
    listener: Progress, title: str, kind: str, inputs: tuple[str, ...], produce: Callable[[Path], None]
) -> Path:
    """``cached``, with the listener told."""
    start, made = time.monotonic(), False

    def produce_and_note(folder: Path) -> None:
        nonlocal made
        made = True
        produce(folder)

    listener.begin(title)
    folder = cached(kind, inputs, produce_and_note)
    listener.end(title, time.monotonic() - start, cached=not made)
    return folder
