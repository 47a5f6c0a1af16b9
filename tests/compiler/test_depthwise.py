"""Depthwise convolutions on the DEPTHWISE engine: walks, blocks, the choice of engine, and results of any geometry."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pytest

from celosia.compiler import lower_convolution
from celosia.compiler.depthwise_walk import plan_depthwise
from celosia.compiler.grain import DEFAULT_GRAIN
from celosia.compiler.graph import Graph
from celosia.compiler.layers import Geometry, LaneChunk, Packing, TapConvolution
from celosia.compiler.schedule_depthwise import depthwise_blocks, depthwise_turns
from celosia.rtl.config import AcceleratorConfig
from tests.compiler.graphs import GraphBuilder, random_inputs
from tests.compiler.programs import ROOMY, check_program, machine
from tests.compiler.test_schedule import bytes_of

TAPS = [3, 9]


def tap_machine(taps: int, **changes: int) -> AcceleratorConfig:
    return AcceleratorConfig.create({**ROOMY, "depthwise_taps": taps, **changes})


def random_geometry(rng: np.random.Generator) -> Geometry:
    kernel, stride, dilation = (
        (int(rng.integers(1, high)), int(rng.integers(1, high))) for high in (9, 5, 4)
    )
    padding = (int(rng.integers(0, 5)), int(rng.integers(0, 5)))
    out = (int(rng.integers(1, 15)), int(rng.integers(1, 30)))
    channels = int(rng.integers(1, 30))
    height, width = (
        max(1, (out[axis] - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1 - 2 * padding[axis])
        for axis in (0, 1)
    )
    return Geometry(1, height, width, channels, *out, channels, kernel, stride, dilation, padding)


@pytest.mark.parametrize("taps", TAPS)
def test_every_output_meets_every_tap_once(taps: int, rng: np.random.Generator) -> None:
    config = tap_machine(taps, depthwise_line=20, depthwise_accumulator_depth=64)
    for case in range(60):
        g = random_geometry(rng)
        plan = plan_depthwise(config, g)
        assert plan is not None
        for axis, walk in enumerate((plan.rows, plan.cols)):
            window = (taps // 3, 3)[axis]
            assert sorted(tap for taps in walk.passes for tap in taps) == list(range(g.kernel[axis]))
            for taps_of_pass in walk.passes:
                assert len(taps_of_pass) <= window, f"case {case}"
                for slot, tap in enumerate(taps_of_pass):
                    for phase, turn in product(range(walk.phases), range(3)):
                        # Where the window finds the tap's pixel, in image pixels from the first one streamed.
                        found = (turn * walk.stride + slot) * walk.grid
                        output = phase + turn * walk.phases
                        wanted = (output - phase) * g.stride[axis]
                        wanted += (tap - taps_of_pass[0]) * g.dilation[axis]
                        assert found == wanted, f"case {case}"


@pytest.mark.parametrize("taps", TAPS)
@pytest.mark.parametrize("depth", [4, 10, 256])
def test_blocks_cover_each_output_once(taps: int, depth: int, rng: np.random.Generator) -> None:
    config = tap_machine(taps, depthwise_line=20, depthwise_accumulator_depth=depth)
    for _ in range(40):
        g = random_geometry(rng)
        plan = plan_depthwise(config, g)
        assert plan is not None
        work = TapConvolution(g, plan.rows, plan.cols, plan.block, 0, 1, (), 0, 0, (-128, 127))
        counts = np.zeros((g.images, g.out_height, g.out_width), int)
        for block in depthwise_blocks(work):
            assert block.pixels <= depth // 2
            if taps == 9:
                assert (len(block.cols) - 1) * plan.cols.stride + 3 <= 20
            counts[block.image][np.ix_(block.rows, block.cols)] += 1
        assert (counts == 1).all()


@pytest.mark.parametrize("taps", TAPS)
@pytest.mark.parametrize("case", range(25))
def test_any_geometry(
    case: int, taps: int, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every depthwise convolution can run on DEPTHWISE, also where MATRIX would be faster."""
    monkeypatch.setattr(lower_convolution, "TAPS_PREFERENCE", 1e9)
    config = tap_machine(
        taps,
        rows=4,
        cols=int(rng.integers(2, 12)),
        vector_lanes=2,
        weight_rows_per_cycle=int(rng.choice([1, 2, 4])),
        weight_bytes=1 << 20,
        depthwise_line=int(rng.integers(3, 30)),
        depthwise_accumulator_depth=2 * int(rng.integers(2, 60)),
    )
    g = random_geometry(rng)
    net = GraphBuilder(rng)
    images, multiplier = int(rng.integers(1, 3)), int(rng.choice([1, 1, 2, 3, 8]))
    channels = min(g.channels, 40 // multiplier)
    bottom, right = (
        max(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - size - before)
        for out, stride, kernel, dilation, size, before in zip(
            (g.out_height, g.out_width),
            g.stride,
            g.kernel,
            g.dilation,
            (g.height, g.width),
            g.padding,
            strict=True,
        )
    )
    graph = net.build(
        net.conv(
            net.input(images, g.height, g.width, channels),
            channels * multiplier,
            g.kernel,
            stride=g.stride,
            dilation=g.dilation,
            padding=(g.padding[0], bottom, g.padding[1], right),
            depthwise=True,
        )
    )
    compiled = check_program(graph, config, random_inputs(graph, rng))
    assert [layer.packing for layer in compiled.layers] == [Packing.TAPS], f"case {case}: {g}"


@pytest.mark.parametrize("taps", TAPS)
def test_regions_are_what_commands_read(taps: int, rng: np.random.Generator) -> None:
    """Otherwise some wait would be missing, or stand for nothing."""
    config = tap_machine(taps, depthwise_line=20, depthwise_accumulator_depth=64)
    for case in range(20):
        g = random_geometry(rng)
        plan = plan_depthwise(config, g)
        assert plan is not None
        passes = len(plan.rows.passes) * len(plan.cols.passes)
        inputs = int(rng.integers(1, g.channels + 1))
        chunk = LaneChunk(0, inputs, g.channels - inputs, inputs, tuple(range(passes)), 0)
        work = TapConvolution(g, plan.rows, plan.cols, plan.block, 0, 1, (chunk,), 0, 0, (-128, 127))
        for turn in depthwise_turns(0, work, (1000, 90000), config, DEFAULT_GRAIN):
            for item in turn.sums:
                assert bytes_of(item.reads) == bytes_read(item.fields, inputs), f"case {case}"


def bytes_read(fields: Mapping[str, Any], inputs: int) -> frozenset[int]:
    """Addresses that a command's stream reads, from ``docs/machine.md``."""
    return frozenset(
        fields["start_address"] + r * fields["row_step"] + c * fields["col_step"] + channel
        for r in range(fields["stream_rows"])
        for c in range(fields["stream_cols"])
        for channel in range(inputs)
        if 0 <= fields["start_y"] + r < fields["height"] and 0 <= fields["start_x"] + c < fields["width"]
    )


def depthwise(rng: np.random.Generator, channels: int, multiplier: int, kernel: tuple[int, int]) -> Graph:
    net = GraphBuilder(rng)
    return net.build(net.conv(net.input(1, 20, 20, channels), channels * multiplier, kernel, depthwise=True))


@pytest.mark.parametrize(
    ("channels", "multiplier", "kernel", "expected"),
    [
        (32, 1, (3, 3), Packing.TAPS),
        (16, 1, (5, 5), Packing.TAPS),
        (1, 16, (10, 8), Packing.TRANSPOSED),  # eight tiles, but twelve passes
        (2, 8, (3, 3), Packing.TAPS),
    ],
)
def test_the_cheaper_engine_is_chosen(
    channels: int, multiplier: int, kernel: tuple[int, int], expected: Packing, rng: np.random.Generator
) -> None:
    graph = depthwise(rng, channels, multiplier, kernel)
    compiled = check_program(graph, machine("16x16"), random_inputs(graph, rng))
    assert [layer.packing for layer in compiled.layers] == [expected]


def test_without_the_engine_matrix_computes(rng: np.random.Generator) -> None:
    graph = depthwise(rng, 32, 1, (3, 3))
    config = machine("16x16").model_copy(update={"depthwise_taps": 0})
    compiled = check_program(graph, config, random_inputs(graph, rng))
    assert [layer.packing for layer in compiled.layers] == [Packing.DIAGONAL]


def test_strided_kernels_stream_nothing_in_vain() -> None:
    """Kernel 10, stride 2: five taps of each parity, in two passes each, instead of four passes over every row."""
    config = tap_machine(9)
    plan = plan_depthwise(config, Geometry(1, 200, 20, 8, 96, 20, 8, (10, 1), stride=(2, 1)))
    assert plan is not None
    assert plan.rows.passes == ((0, 2, 4), (6, 8), (1, 3, 5), (7, 9))
    assert plan.rows.stride == 1


def test_blocks_are_large_where_streaming_takes_longest() -> None:
    """A 3x3 kernel is cut finely, so that layers overlap; 7x7 taps stream their halo nine times."""
    config = machine("16x16")
    small, large = (
        plan_depthwise(
            config, Geometry(1, 12, 12, 16, 12, 12, 16, (size, size), padding=(size // 2, size // 2))
        )
        for size in (3, 7)
    )
    assert small is not None
    assert large is not None
    assert small.block[0] * 2 < large.block[0]
