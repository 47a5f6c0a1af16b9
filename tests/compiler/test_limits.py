"""Networks that do not fit: one line for each reason, and the remedy that it names works."""

import re
from typing import Any

import numpy as np
import pytest

from celosia.compiler.capacity import accumulator_bits
from celosia.compiler.compile import compile_graph
from celosia.compiler.errors import CapacityError, UnsupportedError
from celosia.compiler.graph import Graph, Operation
from celosia.compiler.layers import Packing
from celosia.rtl.config import AcceleratorConfig
from tests.compiler.graphs import GraphBuilder, random_inputs
from tests.compiler.programs import check_program

REMEDY = re.compile(r": use --set (\w+)=(\d+)$")
SMALL = {"scratchpad_bytes": 256, "weight_bytes": 64, "parameter_words": 4, "program_bytes": 256}


def two_layers(rng: np.random.Generator) -> Graph:
    net = GraphBuilder(rng)
    return net.build(net.conv(net.conv(net.input(1, 9, 8, 4), 20), 10, (1, 1)))


def test_every_shortage_has_its_line_and_the_remedies_are_exact(rng: np.random.Generator) -> None:
    graph = two_layers(rng)
    fields: dict[str, Any] = dict(SMALL)
    with pytest.raises(CapacityError) as caught:
        compile_graph(graph, AcceleratorConfig.create(fields))
    lines = str(caught.value).splitlines()
    assert [line.split()[0] for line in lines] == ["scratchpad", "weights", "parameters", "program"]
    needed = {}
    for line in lines:
        match = REMEDY.search(line)
        assert match, line
        needed[match[1]] = int(match[2])
    config = AcceleratorConfig.create({**fields, **needed})
    check_program(graph, config, random_inputs(graph, rng))
    units = {
        "scratchpad_bytes": config.scratchpad_banks * config.word_bytes,
        "program_bytes": 8,
        "parameter_words": 1,
    }
    for field, unit in units.items():
        with pytest.raises(CapacityError, match=f"--set {field}={needed[field]}$"):
            compile_graph(graph, config.model_copy(update={field: needed[field] - unit}))
    with pytest.raises(CapacityError, match=f"--set weight_bytes={needed['weight_bytes']}$"):
        compile_graph(graph, config.model_copy(update={"weight_bytes": needed["weight_bytes"] - 8}))


def test_message_names_what_is_needed_and_available(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    graph = net.build(net.logistic(net.input(1, 700)))
    config = AcceleratorConfig.create({"scratchpad_bytes": 1024})
    with pytest.raises(CapacityError) as caught:
        compile_graph(graph, config)
    assert str(caught.value) == "scratchpad needs 1408 bytes, has 1024: use --set scratchpad_bytes=1408"


def test_no_remedy_is_named_where_there_is_none(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    graph = net.build(net.logistic(net.input(1, 1 << 24)))
    with pytest.raises(CapacityError, match="more than any configuration has"):
        compile_graph(graph, AcceleratorConfig())


def test_accumulators_that_are_too_narrow(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    x = net.conv(net.input(1, 9, 8, 4), 20)
    graph = net.build(net.fully_connected(net.reshape(x, 1, 9 * 8 * 20), 3))
    with pytest.raises(CapacityError) as caught:
        compile_graph(graph, AcceleratorConfig.create({"accumulator_width": 16}))
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert re.fullmatch(
        r"CONV_2D \(output tensor 'tensor 2'\) needs \d+ bits of accumulator, has 16:"
        r" use --set accumulator_width=\d+",
        lines[0],
    )
    needed = max(int(match[2]) for line in lines if (match := REMEDY.search(line)))
    compile_graph(graph, AcceleratorConfig.create({"accumulator_width": needed}))


def test_accumulator_bits_are_reached(rng: np.random.Generator) -> None:
    """The extreme inputs need exactly the bits that are claimed."""
    for _ in range(20):
        net = GraphBuilder(rng)
        source = net.input(1, 1, 1, int(rng.integers(1, 40)))
        graph = net.build(net.conv(source, 3, (1, 1)))
        weights = graph.tensors[graph.operators[0].inputs[1]].data
        assert weights is not None
        sums = [extreme_sums(weights, sign) for sign in (1, -1)]
        highest, lowest = int(max(map(np.max, sums))), int(min(map(np.min, sums)))
        bits = max(highest.bit_length(), (-lowest - 1).bit_length() if lowest < 0 else 0) + 1
        assert accumulator_bits(graph, graph.operators[0]) == bits


def extreme_sums(weights: np.ndarray[Any, Any], sign: int) -> np.ndarray[Any, Any]:
    """Sums of each output channel for the input that makes them as large (or small) as possible."""
    flat = weights.reshape(len(weights), -1).astype(np.int64)
    inputs = np.where(flat * sign > 0, 127, -128)
    return np.sum(flat * inputs, axis=1)


def test_numbers_beyond_their_fields_name_the_operator(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    graph = net.build(
        net.pool(Operation.MAX_POOL_2D, net.input(1, 5000, 1, 1), (5000, 1), (1, 1)),
        net.conv(net.input(1, 600, 1, 1), 1, (1, 1), stride=(300, 1)),
    )
    with pytest.raises(UnsupportedError) as caught:
        compile_graph(graph, AcceleratorConfig())
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(
        "MAX_POOL_2D (output tensor 'tensor 1') is not supported: VECTOR command: window_rows"
    )
    assert len(lines) == 1


def test_padding_beyond_the_coordinates_names_the_operator(rng: np.random.Generator) -> None:
    config = AcceleratorConfig.create({"scratchpad_bytes": 256, "rows": 1, "cols": 1, "vector_lanes": 1})

    def reaching(row: int, stride: int) -> Graph:
        net = GraphBuilder(rng)
        return net.build(
            net.conv(net.input(1, 1, 1, 1), 1, (1, 1), stride=(stride, 1), padding=(0, row, 0, 0))
        )

    compile_graph(reaching(511, 73), config)
    with pytest.raises(
        UnsupportedError,
        match=r"bytes of a row must be in -512\.\.511 with scratchpad_bytes 256, not 0\.\.512$",
    ):
        compile_graph(reaching(512, 128), config)


def test_windows_that_cannot_be_walked_name_the_operator(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    graph = net.build(net.mean(net.input(1, 4099, 2), 1), net.mean(net.input(2, 4099, 3), 1))
    with pytest.raises(UnsupportedError) as caught:
        compile_graph(graph, AcceleratorConfig())
    lines = str(caught.value).splitlines()
    assert [line[:34] for line in lines] == [
        "MEAN (output tensor 'tensor 1') ov",
        "MEAN (output tensor 'tensor 3') ov",
    ]
    assert "over axes [1] of [1, 4099, 2]" in lines[0]


def test_functions_that_the_vector_engine_lacks_are_named(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    image = net.input(1, 6, 6, 3)
    graph = net.build(
        net.binary(Operation.ADD, net.logistic(image), net.pool(Operation.MAX_POOL_2D, image, (1, 1), (1, 1)))
    )
    with pytest.raises(CapacityError) as caught:
        compile_graph(graph, AcceleratorConfig(vector_functions="sum"))
    lines = str(caught.value).splitlines()
    assert [re.findall(r"needs (\w+) of", line) for line in lines] == [["table"], ["maximum"], ["add"]]
    remedies = {line.rpartition("vector_functions=")[2] for line in lines}
    assert remedies == {"add,sum,maximum,table"}
    config = AcceleratorConfig(vector_functions=remedies.pop())
    check_program(graph, config, random_inputs(graph, rng))


def test_without_maximum_nothing_is_copied(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    graph = net.build(net.conv(net.input(1, 49, 10, 1), 8, (10, 4)))
    assert compile_graph(graph, AcceleratorConfig()).layers[0].packing == Packing.TRANSPOSED
    check_program(graph, AcceleratorConfig(vector_functions=""), random_inputs(graph, rng))
