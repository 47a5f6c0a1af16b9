"""Bench entry of :class:`celosia.rtl.control.queue.CommandQueue`."""

import pytest

from celosia.rtl.command import Opcode
from celosia.rtl.control.queue import CommandQueue
from sim_tests.support import run_bench


@pytest.mark.parametrize(
    ("opcode", "depth", "simulator"),
    [(Opcode.MATRIX, 2, "verilator"), (Opcode.VECTOR, 1, "icarus"), (Opcode.VECTOR, 0, "icarus")],
)
def test_command_queue(opcode: Opcode, depth: int, simulator: str) -> None:
    """Records come out whole, in order, whatever stalls."""
    run_bench(
        CommandQueue(opcode=opcode, depth=depth),
        "sim_tests.units.bench_command_queue",
        cases=3,
        parameters={"opcode": opcode.name, "depth": depth},
        simulator=simulator,
    )


def test_rejects_bad_parameters() -> None:
    """Parameters are checked when the component is made."""
    with pytest.raises(TypeError, match=r"^opcode must be an Opcode, not 1$"):
        CommandQueue(opcode=1)  # type: ignore[arg-type] # on purpose
    with pytest.raises(ValueError, match=r"^opcode must name an engine"):
        CommandQueue(opcode=Opcode.END)
    with pytest.raises(ValueError, match=r"^depth must not be negative, not -1$"):
        CommandQueue(opcode=Opcode.MATRIX, depth=-1)
