"""The page ``docs/zero_gating.md``: what zero gating saves, and what it costs.

``python -m sim_tests.measurements.zero_gating > docs/zero_gating.md`` writes it, in a minute or two.
"""

import sys
import tempfile
from pathlib import Path

from celosia.generators.verilog import emit
from celosia.rtl.mac.vector_mac import VectorMac
from celosia.runtime.simulation import build, run
from sim_tests.measurements.synthesis import ecp5_area
from sim_tests.measurements.toggles import Toggles, count_toggles

LENGTH = 8

COUNT = 1000

SEED = 1

ZEROS = (0.0, 0.25, 0.5, 0.75, 0.9)

#: What is driven from outside and would toggle in any case.
OUTSIDE = ("clk", "rst", "operands__payload", "operands__valid", "operands__ready", "results__ready")

PAGE = """# Zero gating

With `zero_gating`, the units that multiply keep a pair of operands in front of its multiplier while one of the next
pair is zero, so that nothing behind it toggles, and put the zero in after it. This is what it saves in a
`vector_mac` of {length} signed bytes, in {count:,} random operations of which a share of the activations is zero (as
behind a ReLU), without pauses. Bit changes are counted in waveforms of the RTL's simulation: of the multipliers'
operands, and of all nets of the unit but its inputs (a simulation of the RTL sees neither glitches nor what is
inside a multiplier, where most of the energy goes: the first columns are what drives that).

`python -m sim_tests.measurements.zero_gating > docs/zero_gating.md` writes this page.

| zeros | operand toggles | gated | saved | all toggles | gated | saved |
|---|---|---|---|---|---|---|
{toggles}

Its price, as synthesised by `yosys synth_ecp5`:

| | LUT | FF | MULT18X18D |
|---|---|---|---|
{areas}
"""


def measure(unit: VectorMac, zeros: float) -> Toggles:
    """Simulate and count."""
    built = build(emit(unit, "top"), trace="vcd")
    with tempfile.TemporaryDirectory(prefix="celosia-toggles-") as folder:
        wave = Path(folder) / "wave.vcd"
        run(
            built,
            "sim_tests.measurements.bench_zero_gating",
            cases=1,
            parameters={"length": LENGTH, "count": COUNT, "zeros": zeros},
            seed=SEED,
            trace_file=wave,
        )
        return count_toggles(wave, ignored=OUTSIDE)


def main() -> None:
    """Write the page to standard output."""
    free, gated = (VectorMac(length=LENGTH, zero_gating=gating) for gating in (False, True))
    rows = []
    for zeros in ZEROS:
        without, with_gates = measure(free, zeros), measure(gated, zeros)
        pairs = (
            (
                without.of(".dot_0_0.weights", ".dot_0_0.activations"),
                with_gates.of("held_weight", "held_activation"),
            ),
            (without.total(), with_gates.total()),
        )
        cells = " | ".join(f"{before:,} | {after:,} | {1 - after / before:.0%}" for before, after in pairs)
        rows.append(f"| {zeros:.0%} | {cells} |")
    areas = []
    for name, unit in (("without", free), ("gated", gated)):
        area = ecp5_area(unit)
        areas.append(f"| {name} | {area.luts:,} | {area.flip_flops:,} | {area.multipliers} |")
    sys.stdout.write(PAGE.format(length=LENGTH, count=COUNT, toggles="\n".join(rows), areas="\n".join(areas)))


if __name__ == "__main__":
    main()
