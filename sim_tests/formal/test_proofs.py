"""Every property is proven; planted faults show that each can fail."""

from typing import Any

import pytest

from celosia.generators.presets import PRESETS, preset
from celosia.rtl.command import DepthwiseCommand, MatrixCommand, Opcode, VectorCommand
from celosia.rtl.config import AcceleratorConfig
from sim_tests.formal.addresses import AddressProperties
from sim_tests.formal.arbiter import ArbiterProperties
from sim_tests.formal.buffet import BuffetProperties
from sim_tests.formal.command_walk import HandoverProperties, WalkProperties
from sim_tests.formal.deadlock import DeadlockProperties
from sim_tests.formal.depthwise_addresses import DepthwiseAddressProperties
from sim_tests.formal.double_buffer import DoubleBufferProperties
from sim_tests.formal.fetch import FetchProperties
from sim_tests.formal.front_end import FrontEndProperties
from sim_tests.formal.lanes import LaneProperties
from sim_tests.formal.matrix_addresses import MatrixAddressProperties
from sim_tests.formal.prefetch import PrefetchProperties
from sim_tests.formal.prove import Mode, prove
from sim_tests.formal.queue import QueueProperties
from sim_tests.formal.stream_pipeline import PipelineProperties
from sim_tests.formal.timeline import TimelineProperties
from sim_tests.formal.vector_addresses import VectorAddressProperties


@pytest.mark.parametrize(("readers", "banks"), [(1, 2), (2, 4), (3, 4), (4, 2)])
def test_arbiter(readers: int, banks: int) -> None:
    prove(ArbiterProperties(readers=readers, banks=banks), depth=2)


def test_timeline() -> None:
    prove(TimelineProperties(), depth=2)


@pytest.mark.parametrize(
    ("opcode", "depth"),
    [(Opcode.DEPTHWISE, 1), (Opcode.MATRIX, 2), (Opcode.VECTOR, 2), (Opcode.VECTOR, 0)],
)
def test_queue(opcode: Opcode, depth: int) -> None:
    prove(QueueProperties(opcode=opcode, depth=depth), depth=2)


@pytest.mark.parametrize("stages", [0, 1, 3])
def test_prefetch(stages: int) -> None:
    prove(PrefetchProperties(address_width=4, stages=stages), depth=2)


@pytest.mark.parametrize("depth", [1, 3, 4])
def test_buffet(depth: int) -> None:
    prove(BuffetProperties(width=1, depth=depth, contents=False), depth=2)


def test_buffet_contents() -> None:
    prove(BuffetProperties(width=1, depth=3, contents=True), depth=12, mode=Mode.BOUNDED)


@pytest.mark.parametrize("depth", [1, 3, 256])
def test_double_buffer(depth: int) -> None:
    prove(DoubleBufferProperties(width=2, depth=depth, contents=False), depth=2)


def test_double_buffer_contents() -> None:
    prove(DoubleBufferProperties(width=1, depth=2, contents=True), depth=12, mode=Mode.BOUNDED)


@pytest.mark.parametrize("levels", [1, 2])
def test_addresses(levels: int) -> None:
    prove(AddressProperties(width=6, count_width=2, levels=levels), depth=2)


@pytest.mark.parametrize(("depthwise", "stages"), [(False, 1), (True, 1), (True, 4)])
def test_fetch(depthwise: bool, stages: int) -> None:
    prove(FetchProperties(depthwise=depthwise, stages=stages), depth=2)


@pytest.mark.parametrize("queue_depth", [0, 1])
def test_front_end(queue_depth: int) -> None:
    prove(FrontEndProperties(preset("nano").model_copy(update={"queue_depth": queue_depth})), depth=2)


def test_deadlock() -> None:
    prove(DeadlockProperties(slots=1, bits=3), depth=2)


@pytest.mark.parametrize("holds", [False, True])
@pytest.mark.parametrize("command", [MatrixCommand, VectorCommand, DepthwiseCommand])
def test_command_walk(command: Any, holds: bool) -> None:
    prove(WalkProperties(command=command, holds=holds), depth=2)


def test_command_handover() -> None:
    prove(HandoverProperties(), depth=2)


@pytest.mark.parametrize("latency", [1, 2, 5])
def test_stream_pipeline(latency: int) -> None:
    prove(PipelineProperties(latency=latency), depth=2)


@pytest.mark.parametrize("rows", [1, 5, 8])
def test_lanes(rows: int) -> None:
    prove(LaneProperties(rows=rows), depth=1)


#: A machine with small memories: its counters and addresses are narrower, its commands' fields are not.
TINY = {
    "rows": 2,
    "cols": 2,
    "vector_lanes": 2,
    "accumulator_depth": 16,
    "scratchpad_bytes": 256,
    "weight_bytes": 256,
    "depthwise_taps": 3,
    "depthwise_accumulator_depth": 16,
}


@pytest.mark.slow
def test_matrix_addresses() -> None:
    """Some minutes."""
    prove(MatrixAddressProperties(AcceleratorConfig.create(TINY), pitch=16), depth=1)


def test_depthwise_addresses() -> None:
    prove(DepthwiseAddressProperties(AcceleratorConfig.create(TINY), row_step=16, col_step=2), depth=1)


@pytest.mark.slow
def test_depthwise_addresses_of_a_preset() -> None:
    """Some minutes."""
    prove(DepthwiseAddressProperties(preset("small"), row_step=16, col_step=2), depth=1)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name == "small" else pytest.mark.slow) for name in PRESETS],
)
def test_vector_addresses(name: str) -> None:
    prove(VectorAddressProperties(preset(name)), depth=1)


@pytest.mark.parametrize("functions", ["", "multiply,maximum"])
@pytest.mark.parametrize("queue_depth", [0, 1])
def test_vector_addresses_of_few_functions(functions: str, queue_depth: int) -> None:
    fields = {**TINY, "vector_functions": functions, "queue_depth": queue_depth}
    prove(VectorAddressProperties(AcceleratorConfig.create(fields)), depth=1)
