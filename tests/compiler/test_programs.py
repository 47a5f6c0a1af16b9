"""Compiled programs on the functional model: every layer's output, on machines of many shapes."""

import os
from pathlib import Path

import numpy as np
import pytest

from celosia.cli import digits
from celosia.compiler.graph import Activation, Operation
from celosia.compiler.tflite_import import import_model, import_tflite
from celosia.rtl.config import AcceleratorConfig
from tests.compiler.graphs import GraphBuilder, random_inputs
from tests.compiler.programs import CONFIGS, ROOMY, check_program, machine
from tests.zoo import ZOO, random_conv_model

LARGE_NETWORKS = {"mobilenet_v1_quarter": ("8x8", "16x16")}
"""Networks that run on some machines only, to save time."""


@pytest.mark.parametrize("name", ZOO)
def test_zoo(name: str, rng: np.random.Generator) -> None:
    graph = import_model(ZOO[name](int(rng.integers(1 << 31))), name=name)
    for config in LARGE_NETWORKS.get(name, CONFIGS):
        check_program(graph, machine(config), random_inputs(graph, rng))


def given_models() -> list[Path]:
    """The bundled network, and the files in the folder ``CELOSIA_MODELS``."""
    folder = os.environ.get("CELOSIA_MODELS")
    return [digits.model_path(), *(sorted(Path(folder).glob("*.tflite")) if folder else [])]


@pytest.mark.parametrize("path", given_models(), ids=lambda path: path.stem)
@pytest.mark.parametrize("config", ["8x8", "16x16", "5x7"])
def test_given_models(path: Path, config: str, rng: np.random.Generator) -> None:
    graph = import_tflite(path)
    check_program(graph, machine(config), random_inputs(graph, rng))


def random_config(rng: np.random.Generator) -> AcceleratorConfig:
    rows, cols = int(rng.integers(1, 20)), int(rng.integers(1, 20))
    divisors = [size for size in range(1, rows + 1) if rows % size == 0]
    return AcceleratorConfig.create(
        {
            **ROOMY,
            "rows": rows,
            "cols": cols,
            "weight_rows_per_cycle": int(rng.choice(divisors)),
            "vector_lanes": int(rng.integers(1, cols + 1)),
            "accumulator_depth": 2 * int(rng.choice([2, 3, 10, 64, 300])),
            "depthwise_taps": int(rng.choice([0, 3, 9])),
            "depthwise_accumulator_depth": 2 * int(rng.choice([2, 3, 10, 64])),
            "depthwise_line": int(rng.choice([3, 7, 256])),
            "weight_bytes": ROOMY["weight_bytes"] // (rows * cols) * rows * cols,
        }
    )


@pytest.mark.parametrize("case", range(25))
def test_random_convolutions_on_random_machines(case: int, rng: np.random.Generator) -> None:
    graph = import_model(random_conv_model(rng), name=f"random {case}")
    check_program(graph, random_config(rng), random_inputs(graph, rng))


def test_batches(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    x = net.conv(net.input(3, 6, 5, 4), 9, stride=(2, 1), activation=Activation.RELU)
    x = net.conv(x, 9, depthwise=True)
    x = net.conv(x, 5, (1, 1))
    y = net.pool(Operation.MAX_POOL_2D, x, (2, 2), (1, 2))
    z = net.pool(Operation.AVERAGE_POOL_2D, x, (3, 1), (1, 1))
    graph = net.build(y, z, net.mean(x, 1, 2))
    check_program(graph, machine("5x7"), random_inputs(graph, rng))


def test_kernel_as_wide_as_the_image(rng: np.random.Generator) -> None:
    """Kernel rows fold too: one run over several image rows."""
    net = GraphBuilder(rng)
    x = net.input(2, 9, 4, 3)
    valid = (0, 0, 0, 0)
    y = net.conv(x, 10, (5, 4), padding=(2, 1, 0, 0), stride=(2, 1))
    z = net.conv(x, 10, (3, 4), padding=valid, dilation=(2, 1))
    w = net.conv(net.conv(y, 6, (3, 1)), 12, (3, 1), depthwise=True, stride=(2, 1))
    graph = net.build(z, w, net.conv(x, 6, (2, 4), padding=valid, depthwise=True))
    for config in CONFIGS:
        check_program(graph, machine(config), random_inputs(graph, rng))


def test_full_window_needs_no_more_tiles_than_a_matrix_product(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    graph = net.build(net.conv(net.input(1, 3, 3, 5), 4, padding=(0, 0, 0, 0)))
    compiled = check_program(graph, machine("8x8"), random_inputs(graph, rng))
    assert [layer.tiles for layer in compiled.layers] == [6]  # ceil(45 / 8), not 3 * ceil(15 / 8)


@pytest.mark.parametrize("axes", [(1,), (2,), (3,), (1, 2), (0,), (1, 3), (0, 2), (2, 3), (0, 1, 2, 3)])
@pytest.mark.parametrize("keep", [False, True])
def test_mean_over_any_axes(axes: tuple[int, ...], keep: bool, rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    graph = net.build(net.mean(net.input(2, 5, 3, 7), *axes, keep=keep))
    check_program(graph, machine("5x7"), random_inputs(graph, rng))


def test_mean_over_a_large_image(rng: np.random.Generator) -> None:
    """More than 4095 pixels: the window has two sides."""
    net = GraphBuilder(rng)
    graph = net.build(net.mean(net.input(1, 96, 91, 3), 1, 2))
    check_program(graph, machine("8x8"), random_inputs(graph, rng))


@pytest.mark.parametrize("operation", [Operation.ADD, Operation.MUL])
@pytest.mark.parametrize(
    "shapes",
    [
        ((2, 4, 5, 6), (6,)),
        ((2, 4, 5, 6), (1, 1, 1, 6)),
        ((2, 4, 5, 6), (2, 1, 1, 6)),
        ((2, 4, 5, 1), (2, 4, 5, 6)),
        ((1, 4, 1, 6), (2, 1, 5, 1)),
        ((2, 1, 1, 1), (2, 4, 5, 6)),
        ((7, 300), (7, 300)),
        ((1,), (11,)),
        ((), (11,)),
    ],
)
def test_broadcasting(
    operation: Operation, shapes: tuple[tuple[int, ...], tuple[int, ...]], rng: np.random.Generator
) -> None:
    net = GraphBuilder(rng)
    a, b = net.input(*shapes[0], scale=0.07), net.input(*shapes[1], scale=0.02, zero=-11)
    graph = net.build(net.binary(operation, a, b), net.binary(operation, b, a))
    for config in ("4x4", "odd lanes"):
        check_program(graph, machine(config), random_inputs(graph, rng))


@pytest.mark.parametrize("operation", [Operation.ADD, Operation.MUL])
def test_constant_operands(operation: Operation, rng: np.random.Generator) -> None:
    """Scalars become tables, others lie in the scratchpad."""
    net = GraphBuilder(rng)
    x = net.input(1, 4, 5, 6)
    outputs = [
        net.binary(operation, x, net.constant(1, 1, 1, 1)),
        net.binary(operation, net.constant(), x, activation=Activation.RELU),
        net.binary(operation, net.constant(6, scale=0.01), x),
        net.binary(operation, x, net.constant(1, 4, 5, 6)),
    ]
    graph = net.build(*outputs)
    compiled = check_program(graph, machine("8x8"), random_inputs(graph, rng))
    assert [len(content) for _, content in compiled.constants] == [6, 120]


@pytest.mark.parametrize(
    "paddings",
    [(0, 0, 1, 2, 0, 3, 0, 0), (1, 0, 0, 0, 0, 0, 2, 1), (0, 1, 1, 0, 2, 2, 0, 1), (0, 0, 0, 0, 0, 0, 0, 0)],
)
def test_pad_of_any_axis(paddings: tuple[int, ...], rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    graph = net.build(net.pad(net.input(2, 4, 3, 5), *paddings))
    check_program(graph, machine("5x7"), random_inputs(graph, rng))


def test_pad_of_other_ranks(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    graph = net.build(net.pad(net.input(9), 2, 30), net.pad(net.input(3, 4), 1, 1, 0, 2))
    check_program(graph, machine("4x4"), random_inputs(graph, rng))


def test_outputs_that_are_inputs_constants_and_aliases(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    x = net.input(1, 4, 4, 2)
    constant = net.pad(net.constant(1, 5), 0, 0, 1, 1)
    y = net.reshape(x, 2, 16)
    graph = net.build(x, y, net.unary(Operation.RELU, y), constant, net.softmax(y))
    check_program(graph, machine("8x8"), random_inputs(graph, rng))


def test_network_without_work_for_the_accelerator(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    graph = net.build(net.softmax(net.input(1, 10)))
    compiled = check_program(graph, machine("8x8"), random_inputs(graph, rng))
    assert len(compiled.program) == 1
    assert [layer.where for layer in compiled.layers] == ["host"]


def test_element_wise_chains_reuse_tables_and_memory(rng: np.random.Generator) -> None:
    """Hoisted pieces of several layers interleave, and each must find its own table."""
    net = GraphBuilder(rng)
    x = net.conv(net.input(1, 24, 20, 4), 8)
    for _ in range(3):
        x = net.logistic(net.unary(Operation.RELU, net.logistic(x)))
        x = net.binary(Operation.ADD, x, x)
    graph = net.build(net.pool(Operation.MAX_POOL_2D, x, (3, 3), (2, 2)))
    for name in ("8x8", "few accumulators"):
        config = machine(name)
        roomy = check_program(graph, config, random_inputs(graph, rng))
        line = config.scratchpad_banks * config.word_bytes
        tight = config.model_copy(update={"scratchpad_bytes": -(-2 * 24 * 20 * 8 // line) * line})
        assert check_program(graph, tight, random_inputs(graph, rng)).scratchpad_used < roomy.scratchpad_used
