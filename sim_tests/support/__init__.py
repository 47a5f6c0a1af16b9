"""What the pytest side of every bench shares: :func:`run_bench`."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from amaranth.lib import wiring

from celosia.generators.verilog import emit
from celosia.runtime.simulation import build, run

TIMEOUT_SECONDS = 600

_replacement: ContextVar[Callable[[str], str] | None] = ContextVar("replacement", default=None)


@contextmanager
def replaced(replacement: Callable[[str], str]) -> Iterator[None]:
    """Meanwhile, benches run in Verilator on what ``replacement`` makes of the Verilog of module ``top``."""
    token = _replacement.set(replacement)
    try:
        yield
    finally:
        _replacement.reset(token)


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
    verilog = emit(component, "top")
    if replacement := _replacement.get():
        verilog, simulator = replacement(verilog), "verilator"
    built = build(verilog, top="top", simulator=simulator)
    run(built, module, cases=cases, parameters=parameters, seed=seed, timeout=TIMEOUT_SECONDS, files=files)
