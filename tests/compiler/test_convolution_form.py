"""Convolutions whose input is copied first: results of any geometry, and the choice of form."""

import numpy as np
import pytest

from celosia.compiler import lower_convolution
from celosia.compiler.compile import compile_graph
from celosia.compiler.convolution_form import ConvolutionForm, copied_forms, direct_forms
from celosia.compiler.graph import Graph
from celosia.compiler.layers import Geometry, Packing
from celosia.compiler.packing import Grouping
from celosia.rtl.config import AcceleratorConfig
from tests.compiler.graphs import GraphBuilder, random_inputs
from tests.compiler.programs import ROOMY, check_program, machine


def speech(rng: np.random.Generator) -> Graph:
    """The first layer of MLPerf Tiny's keyword spotting: 10x4 taps on one channel."""
    net = GraphBuilder(rng)
    return net.build(net.conv(net.input(1, 49, 10, 1), 64, (10, 4), stride=(2, 2), padding=(4, 5, 1, 1)))


@pytest.mark.parametrize("copy", [None, Packing.TRANSPOSED, Packing.IM2COL])
@pytest.mark.parametrize("case", range(20))
def test_any_geometry(
    case: int, copy: Packing | None, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every dense convolution can run in every form, also where that is slower."""
    chosen: list[ConvolutionForm] = []

    def forced(
        config: AcceleratorConfig, geometry: Geometry, grouping: Grouping, *, may_copy: bool
    ) -> ConvolutionForm:
        forms = [*direct_forms(config, geometry, grouping), *copied_forms(config, geometry, grouping)]
        own = [form for form in forms if form.copy is copy]
        chosen.append(own[-1] if case % 2 else own[int(rng.integers(len(own)))])
        return chosen[-1]

    monkeypatch.setattr(lower_convolution, "choose_form", forced)
    cols = int(rng.integers(2, 12))
    config = AcceleratorConfig.create(
        {
            **ROOMY,
            "rows": int(rng.integers(2, 12)),
            "cols": cols,
            "vector_lanes": int(rng.integers(1, cols + 1)),
            "accumulator_depth": 2 * int(rng.choice([2, 7, 40, 300])),
        }
    )
    images, height, width, channels, outputs = (
        int(rng.integers(low, high))
        for low, high in ((1, 3), (9, 16), (9, 19), (1, 5), (1, 4 if case % 2 else 20))
    )
    kernel = (int(rng.integers(2 if copy else 1, 6)), int(rng.choice([1, 2, 3, 5])))
    may_dilate = kernel[1] == 1 or copy is not Packing.IM2COL
    stride = (int(rng.integers(1, 4)), int(rng.integers(1, 4)))
    top, bottom, left, right = (int(side) for side in rng.integers(0, 3, 4) * int(rng.random() < 0.7))
    net = GraphBuilder(rng)
    graph = net.build(
        net.conv(
            net.input(images, height, width, channels),
            outputs,
            kernel,
            stride=stride,
            dilation=(int(rng.integers(1, 3)), int(rng.integers(1, 3)) if may_dilate else 1),
            padding=(top, bottom, left, right),
        )
    )
    compiled = check_program(graph, config, random_inputs(graph, rng))
    (layer,) = compiled.layers
    words = layer.packing.split(" x")
    assert [words[0] in (copy or (Packing.FOLDED_RUN, Packing.COLUMN_LOOP)), *words[1:]] == [
        True,
        *([str(chosen[0].together)] if chosen[0].together > 1 else []),
    ], f"case {case}"


@pytest.mark.parametrize(
    ("config", "expected", "tiles"),
    [
        (
            "16x16",
            Packing.TRANSPOSED,
            4 * 4,
        ),  # four kernel columns of ten bytes; gathering would keep VECTOR longer
        ("8x8", Packing.IM2COL, 8 * 5),  # 40 taps; columns of ten bytes would need eight tiles
    ],
)
def test_short_kernel_rows_are_copied(
    config: str, expected: Packing, tiles: int, rng: np.random.Generator
) -> None:
    graph = speech(rng)
    compiled = check_program(graph, machine(config), random_inputs(graph, rng))
    assert [(layer.packing, layer.tiles) for layer in compiled.layers] == [(expected, tiles)]


def test_large_first_layers_are_gathered(rng: np.random.Generator) -> None:
    """7x7 on three channels and 64 outputs: 147 taps are ten tiles, rows of 21 bytes two each."""
    net = GraphBuilder(rng)
    graph = net.build(net.conv(net.input(1, 32, 32, 3), 64, (7, 7), stride=(2, 2), padding=(2, 3, 2, 3)))
    compiled = check_program(graph, machine("16x16"), random_inputs(graph, rng))
    assert [(layer.packing, layer.tiles) for layer in compiled.layers] == [(Packing.IM2COL, 4 * 10)]


def test_few_outputs_share_the_columns(rng: np.random.Generator) -> None:
    """Eight outputs on sixteen columns: two pixels together, whose kernels cover five columns of three bytes."""
    net = GraphBuilder(rng)
    x = net.conv(net.input(1, 32, 32, 3), 8, stride=(2, 2), padding=(0, 1, 0, 1))
    graph = net.build(net.conv(x, 8, (1, 1)))
    compiled = check_program(graph, machine("16x16"), random_inputs(graph, rng))
    assert [layer.packing for layer in compiled.layers] == ["folded run x2"] * 2
    assert [layer.engine_cycles["matrix"] for layer in compiled.layers] == [3 * 128, 128]


def test_long_runs_stay_where_they_are(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    graph = net.build(net.conv(net.conv(net.input(1, 16, 16, 3), 16), 16))
    compiled = check_program(graph, machine("16x16"), random_inputs(graph, rng))
    assert [layer.packing for layer in compiled.layers] == [Packing.FOLDED_RUN] * 2


@pytest.mark.parametrize("config", ["16x16", "8x8"])
def test_no_copies_where_they_do_not_fit(config: str, rng: np.random.Generator) -> None:
    graph = speech(rng)
    roomy = compile_graph(graph, machine(config))
    line = roomy.config.scratchpad_banks * roomy.config.word_bytes
    size = (roomy.scratchpad_used - 1) // line * line
    tight = machine(config).model_copy(update={"scratchpad_bytes": size})
    compiled = check_program(graph, tight, random_inputs(graph, rng))
    assert compiled.scratchpad_used < roomy.scratchpad_used
    assert [layer.packing for layer in compiled.layers] == [Packing.FOLDED_RUN]
