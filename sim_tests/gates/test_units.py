"""Every unit, synthesised for each FPGA family, passes the bench of its RTL."""

import pytest

from celosia.generators.registry import UNITS
from sim_tests.gates.netlist import FAMILIES, synthesise
from sim_tests.gates.units import BENCHES
from sim_tests.support import replaced


def cases() -> list[object]:
    """Each bench with each of its families."""
    return [
        pytest.param(name, family, marks=[] if family in bench.quick else pytest.mark.slow)
        for name, bench in BENCHES.items()
        for family in bench.families
    ]


@pytest.mark.parametrize(("name", "family"), cases())
def test_netlist(name: str, family: str) -> None:
    """The same bench, other sources; and the hard blocks that should be there."""
    bench = BENCHES[name]
    counts: dict[str, int] = {}

    def netlist(verilog: str) -> str:
        made = synthesise(verilog, FAMILIES[family])
        counts.update(made.cells)
        return made.simulated()

    with replaced(netlist):
        bench.run()
    for cell, count in bench.cells.get(family, {}).items():
        assert counts.get(cell, 0) == count if count else counts.get(cell), (cell, counts)


def test_every_unit_has_a_netlist() -> None:
    """The whole accelerator is in ``test_accelerators.py``."""
    assert {unit for bench in BENCHES.values() for unit in bench.units} == UNITS.keys() - {"accelerator"}
