"""What the pytest side of every bench shares: :func:`run_bench`."""

from collections.abc import Mapping
from typing import Any

from amaranth.lib import wiring

from celosia.generators.verilog import emit
from celosia.runtime.simulation import build, run

TIMEOUT_SECONDS = 600


def run_bench(
    component: wiring.Component,
    module: str,
    *,
    cases: int,
    parameters: Mapping[str, Any] | None = None,
    simulator: str = "verilator",
    seed: int | None = None,
    files: Mapping[str, str] | None = None,
) -> None:
    """Emit ``component`` as module ``top``, simulate it, and run the cocotb tests of ``module`` on it.

    Passes only if exactly ``cases`` tests ran, all passed, and none was skipped. ``parameters`` must be
    JSON; the bench gets them from ``sim_tests.support.bench.parameters()``. The seed is random unless it is
    given here or in ``$CELOSIA_SEED``, and printed with every failure. ``files`` are text
    files that the Verilog reads. Raises ``ValueError`` if no case is expected.
    """
    if cases < 1:
        raise ValueError(f"cases must be positive, not {cases!r}: a bench without tests cannot fail")
    built = build(emit(component, "top"), top="top", simulator=simulator)
    run(built, module, cases=cases, parameters=parameters, seed=seed, timeout=TIMEOUT_SECONDS, files=files)
