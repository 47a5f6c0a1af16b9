"""The Verilog of a simulated board, and its simulator."""

import json
from importlib import metadata, resources
from pathlib import Path

import celosia.fpga
import celosia.generators
import celosia.rtl
from celosia.fpga.top import BoardTop
from celosia.generators.verilog import emit
from celosia.rtl.bus.baud import MINIMUM_CYCLES
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.simulation import Build, build, cached

#: Only the ratio of clock and line matters to a simulation; the faster the line, the fewer cycles a byte takes.
#: A low clock keeps the lights short, by which the harness sees that a program runs.
BAUD_RATE = 1_000
CLOCK_HZ = MINIMUM_CYCLES * BAUD_RATE

#: Longer than the board ever keeps its line idle while it works on a packet: writing the largest one takes 450 cycles.
REST_CYCLES = 600


def board_verilog(config: AcceleratorConfig, *, program_digest: int = 0) -> str:
    """The whole design of a board with a fast line, as Verilog module ``board``; kept in the user's cache."""

    def produce(folder: Path) -> None:
        top = BoardTop(config, clock_hz=CLOCK_HZ, baud_rate=BAUD_RATE, program_digest=program_digest)
        text = emit(top, name="board")
        (folder / "board.v").write_text(text, encoding="utf-8")

    inputs = (metadata.version("amaranth"), json.dumps(config.model_dump()), str(program_digest), *_sources())
    return (cached("verilog", inputs, produce) / "board.v").read_text(encoding="utf-8")


def build_board(verilog: str, *, opt_level: int, wave: Path | None = None) -> Build:
    """A simulator of the module ``board`` in ``verilog``; see :func:`celosia.runtime.simulation.build`.

    Raises ``EnvironmentProblem`` or ``BuildError``, as :func:`celosia.runtime.simulation.build` does.
    """
    harness = resources.files("celosia.fpga.simulation").joinpath("harness.v").read_text(encoding="utf-8")
    for name, value in (("BIT_CYCLES", MINIMUM_CYCLES), ("REST_CYCLES", REST_CYCLES)):
        harness = harness.replace(f"parameter {name:<11} = 0", f"parameter {name:<11} = {value}")
    return build(
        harness + verilog,
        top="celosia_board_harness",
        timing=True,
        opt_level=opt_level,
        trace=None if wave is None else "vcd" if wave.suffix == ".vcd" else "fst",
    )


def _sources() -> list[str]:
    packages = (celosia.rtl, celosia.generators, celosia.fpga)
    roots = [Path(path) for package in packages for path in package.__path__]
    files = sorted(path for root in roots for path in root.rglob("*") if path.suffix in (".py", ".v"))
    return [path.read_text(encoding="utf-8") for path in files]
