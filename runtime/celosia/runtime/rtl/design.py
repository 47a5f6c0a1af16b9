"""The Verilog that the RTL device simulates."""

import json
from importlib import metadata, resources
from pathlib import Path

import celosia.generators
import celosia.rtl
from celosia.generators.verilog import emit
from celosia.rtl.accelerator import Accelerator
from celosia.rtl.bus.address_map import Region, Register
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.simulation import cached

#: Cycles without any command starting or retiring after which a run is given up. Longer than any command:
#: the longest streams 2^16 x 2^16 pixels only in theory; real ones stay below a million cycles.
WATCHDOG_CYCLES = 20_000_000


def accelerator_verilog(config: AcceleratorConfig) -> str:
    """The accelerator as Verilog module ``accelerator``.

    Converting a large one takes seconds, so the text is kept in the user's cache, by configuration and by the
    sources that it is made from.
    """

    def produce(folder: Path) -> None:
        text = emit(Accelerator(config), name="accelerator")
        (folder / "accelerator.v").write_text(text, encoding="utf-8")

    inputs = (metadata.version("amaranth"), json.dumps(config.model_dump()), *_sources())
    return (cached("verilog", inputs, produce) / "accelerator.v").read_text(encoding="utf-8")


def harness_verilog(config: AcceleratorConfig, accelerator: str | None = None) -> str:
    """The accelerator, generated unless given, and, as module ``celosia_harness``, the test harness that drives it."""
    harness = resources.files("celosia.runtime.rtl").joinpath("harness.v").read_text(encoding="utf-8")
    parameters = {
        "BUS_WIDTH": config.bus_width,
        "CONTROL": Region.REGISTERS.base + Register.CONTROL,
        "WATCHDOG": WATCHDOG_CYCLES,
    }
    for name, value in parameters.items():
        harness = harness.replace(f"parameter {name} = 0", f"parameter {name} = {value}")
    return harness + (accelerator_verilog(config) if accelerator is None else accelerator)


def _sources() -> list[str]:
    roots = [Path(path) for package in (celosia.rtl, celosia.generators) for path in package.__path__]
    files = sorted(path for root in roots for path in root.rglob("*") if path.suffix in (".py", ".v"))
    return [path.read_text(encoding="utf-8") for path in files]
