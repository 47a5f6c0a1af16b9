"""Fully-connected layers begin with the inputs that are known, while the last ones are on their way."""

from collections.abc import Sequence

import numpy as np
import pytest

from celosia.compiler.compile import compile_graph
from celosia.compiler.cost import predict
from celosia.compiler.layers import Chunk
from celosia.compiler.list_schedule import Preference
from celosia.compiler.split_reduction import split_reduction
from celosia.compiler.work import Turn
from celosia.generators.presets import PRESETS
from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig
from tests.compiler.graphs import GraphBuilder
from tests.compiler.test_interleave import a_sum, a_turn, an_output, at, scheduled

CONFIG = AcceleratorConfig()  # tiles of 8x8, 8 words each


def chunk(first_input: int = 0, *, tiles: int = 8, weight_base: int = 100) -> Chunk:
    return Chunk(0, 8, first_input, 1, tiles, weight_base)


def walked(parts: Sequence[Sequence[Chunk]]) -> list[tuple[int, int]]:
    """First input and weight word of each tile, in the order of their sums."""
    return [
        (piece.first_input + tile * CONFIG.rows, piece.weight_base + tile * CONFIG.tile_words)
        for part in parts
        for piece in part
        for tile in range(piece.run_tiles)
    ]


@pytest.mark.parametrize("late", [8, 13, 40, 63])
def test_parts_are_the_tiles_before_and_after(late: int) -> None:
    whole = [chunk()]
    early, rest = split_reduction(whole, late, CONFIG)
    assert walked([early, rest]) == walked([whole])
    assert early[0].run_tiles * CONFIG.rows <= late < (early[0].run_tiles + 1) * CONFIG.rows


@pytest.mark.parametrize("late", [None, 0, 7, 64, 200])
def test_without_tiles_on_both_sides_there_is_one_part(late: int | None) -> None:
    assert split_reduction([chunk()], late, CONFIG) == ([chunk()],)


def test_all_chunks_are_split_or_none() -> None:
    assert len(split_reduction([chunk(), chunk(64)], 40, CONFIG)) == 1
    assert len(split_reduction([chunk(), chunk(16)], 40, CONFIG)) == 2


def test_short_chunks_stay_whole() -> None:
    """Two commands would take longer to fetch than to run."""
    wide = AcceleratorConfig.create({"weight_rows_per_cycle": 8})
    assert len(split_reduction([chunk(tiles=14)], 40, wide)) == 2
    assert len(split_reduction([chunk(tiles=13)], 40, wide)) == 1


@pytest.mark.parametrize("rows_per_cycle", [1, 2, 4])
def test_one_input_runs_at_the_rate_of_the_weight_memory(
    rows_per_cycle: int, rng: np.random.Generator
) -> None:
    """No layer waits for the last outputs of the one before it; only the first and the last show their latency."""
    net = GraphBuilder(rng)
    x = net.input(1, 256)
    for _ in range(6):
        x = net.fully_connected(x, 256)
    config = replace_fields(PRESETS["large"], weight_rows_per_cycle=rows_per_cycle)
    loading = 6 * 256 * 256 // (rows_per_cycle * config.cols)
    assert loading < predict(compile_graph(net.build(x), config)).cycles <= loading + 160


def replace_fields(config: AcceleratorConfig, **fields: int) -> AcceleratorConfig:
    return AcceleratorConfig.create({**config.model_dump(), **fields})


def test_layers_of_several_pixels_stay_whole(rng: np.random.Generator) -> None:
    net = GraphBuilder(rng)
    x = net.input(4, 256)
    for _ in range(2):
        x = net.fully_connected(x, 256)
    program = compile_graph(net.build(x), PRESETS["large"])
    commands = program.commands
    assert not any(c.fields["accumulate"] for c in commands if c.engine is Engine.MATRIX)


def test_a_turn_begins_before_its_later_sums_are_possible() -> None:
    """Its second sum needs an output that VECTOR has not even begun."""
    source = [
        a_turn(0, at(0), at(100), sums=40, outputs=40),
        a_turn(0, at(0), at(101), sums=200, outputs=40),
    ]
    user = Turn((a_sum(1, 30, at(100)), a_sum(1, 30, at(101))), (an_output(1, 10, at(110)),))
    problem, schedule = scheduled((source, (user,)), Preference.EARLIEST_LAYER)
    first, second = problem.strands[1][0].sums
    last_output = problem.strands[0][1].outputs[-1]
    assert schedule.starts[first] < schedule.starts[last_output] < schedule.starts[second]
