"""Interleaved layers keep every dependence, share accumulators one after another, and keep engines busy."""

from collections.abc import Mapping, Sequence
from enum import Enum
from itertools import count, pairwise

import numpy as np
import pytest

from celosia.compiler.compile import compile_graph
from celosia.compiler.cost import predict
from celosia.compiler.extents import Extents
from celosia.compiler.interleave import interleave
from celosia.compiler.list_schedule import Preference, Schedule, list_schedule
from celosia.compiler.problem import Problem
from celosia.compiler.tflite_import import import_model
from celosia.compiler.work import Region, Turn, WorkItem
from celosia.generators.presets import PRESETS
from celosia.rtl.command import Engine, Function
from celosia.rtl.config import AcceleratorConfig
from tests.compiler.graphs import GraphBuilder
from tests.compiler.test_schedule import bytes_of, random_region, touched
from tests.zoo import ZOO

CONFIG = AcceleratorConfig.create({"depthwise_taps": 9})
DEPTHS = {
    Engine.MATRIX: CONFIG.accumulator_depth,
    Engine.DEPTHWISE: CONFIG.depthwise_accumulator_depth,
}
SUM_FIELDS: Mapping[str, int] = {
    "block_rows": 4,
    "block_cols": 10,
    "tile_count": 1,
    "stream_rows": 5,
    "stream_cols": 8,
    "accumulator_base": 0,
}
VECTOR_FIELDS: Mapping[str, int | Enum] = {
    "function": Function.REQUANTIZE,
    "load_table": 0,
    "parameter_base": 0,
    "channels": 4,
    "block_rows": 4,
    "block_cols": 10,
    "window_rows": 1,
    "window_cols": 1,
    "a_address": 0,
}


TAGS = count()


def tagged(fields: Mapping[str, int | Enum]) -> Mapping[str, int | Enum]:
    """With a field of its own, so that the item can be told from others."""
    return {**fields, "tag": next(TAGS)}


def at(byte: int) -> Region:
    return Region(byte, (1,), (1,))


def a_sum(layer: int, cycles: int, *reads: Region, engine: Engine = Engine.MATRIX) -> WorkItem:
    return WorkItem(engine, tagged(SUM_FIELDS), layer, cycles, reads=reads, summed_by=engine)


def an_output(layer: int, cycles: int, *writes: Region, engine: Engine = Engine.MATRIX) -> WorkItem:
    return WorkItem(Engine.VECTOR, tagged(VECTOR_FIELDS), layer, cycles, writes=writes, summed_by=engine)


def a_turn(layer: int, reads: Region, writes: Region, *, sums: int = 100, outputs: int = 50) -> Turn:
    return Turn((a_sum(layer, sums, reads),), (an_output(layer, outputs, writes),))


def random_layers(rng: np.random.Generator) -> tuple[tuple[Turn, ...], ...]:
    """Layers of one or two engines each, or of element-wise work, over any bytes."""
    layers = []
    for number in range(10):
        engine = list(Engine)[int(rng.integers(len(Engine)))]
        turns = []
        for _ in range(int(rng.integers(1, 6))):
            cycles = [int(length) for length in rng.integers(1, 200, 5)]
            if engine is Engine.VECTOR or rng.random() < 0.2:
                item = WorkItem(
                    Engine.VECTOR,
                    tagged(VECTOR_FIELDS),
                    number,
                    cycles[0],
                    reads=(random_region(rng),),
                    writes=(random_region(rng),),
                )
                turns.append(Turn((), (item,)))
                continue
            sums = tuple(
                a_sum(number, length, random_region(rng), engine=engine)
                for length in cycles[: int(rng.integers(1, 3))]
            )
            outputs = tuple(
                an_output(number, length, random_region(rng), engine=engine)
                for length in cycles[2 : int(rng.integers(3, 6))]
            )
            turns.append(Turn(sums, outputs))
        layers.append(tuple(turns))
    return tuple(layers)


def scheduled(
    layers: Sequence[Sequence[Turn]], preference: Preference = Preference.FEED_VECTOR
) -> tuple[Problem, Schedule]:
    problem = Problem.of(layers, CONFIG)
    return problem, list_schedule(problem, preference)


def places(problem: Problem, items: Sequence[WorkItem]) -> list[int]:
    """Where each of the problem's items lies in a program."""
    found = {item.fields["tag"]: place for place, item in enumerate(items)}
    assert len(found) == len(items) == len(problem.items)
    return [found[item.fields["tag"]] for item in problem.items]


def test_no_overlap_is_missed(rng: np.random.Generator) -> None:
    regions = [random_region(rng) for _ in range(120)]
    regions += [Region(int(rng.integers(0, 60)), (5, 3), (-12 + 24 * (case % 2), 1)) for case in range(20)]
    regions = [region for region in regions if min(bytes_of([region])) >= 0]
    extents = Extents.of(list(enumerate(regions)))
    found = extents.overlap(extents)
    for a, first in enumerate(regions):
        for b, second in enumerate(regions):
            assert found[a, b] or not bytes_of([first]) & bytes_of([second]), f"{first} and {second}"


def test_slices_of_channels_do_not_overlap(rng: np.random.Generator) -> None:
    """Pixels of 24 channels: regions overlap if both their pixels and their channels do."""
    slices = []
    for _ in range(60):
        first, pixels = int(rng.integers(0, 30)), int(rng.integers(2, 10))
        channel, channels = int(rng.integers(0, 20)), int(rng.integers(1, 5))
        slices.append(Region(first * 24 + channel, (1, pixels, channels), (24 * pixels, 24, 1)))
    extents = Extents.of(list(enumerate(slices)))
    expected = [[bool(bytes_of([a]) & bytes_of([b])) for b in slices] for a in slices]
    assert extents.overlap(extents).tolist() == expected


@pytest.mark.parametrize("preference", Preference)
@pytest.mark.parametrize("case", range(8))
def test_conflicting_items_keep_their_order(
    case: int, preference: Preference, rng: np.random.Generator
) -> None:
    problem, schedule = scheduled(random_layers(rng), preference)
    place = places(problem, interleave(problem, schedule, CONFIG))
    sets = [touched(item) for item in problem.items]
    for later, b in enumerate(sets):
        for earlier, a in enumerate(sets[:later]):
            if a.writes & (b.reads | b.writes) or a.reads & b.writes:
                assert place[earlier] < place[later], f"case {case}: items {earlier} and {later}"


@pytest.mark.parametrize("case", range(8))
def test_outputs_are_whole_after_their_layer(case: int, rng: np.random.Generator) -> None:
    """An item that overwrites bytes of another layer's output comes after that layer's last item that writes."""
    problem, schedule = scheduled(random_layers(rng))
    place = places(problem, interleave(problem, schedule, CONFIG))
    sets = [touched(item) for item in problem.items]
    for later, item in enumerate(problem.items):
        for earlier in range(later):
            layer = problem.items[earlier].layer
            if layer != item.layer and sets[earlier].writes & sets[later].writes:
                writers = [
                    n for n, other in enumerate(problem.items) if other.layer == layer and other.writes
                ]
                assert max(place[n] for n in writers) < place[later], f"case {case}"


def test_finished_pieces_are_not_overwritten_before_their_layer_ends() -> None:
    """Nobody needs the first piece any more, but the output must be whole once."""
    first = [a_turn(0, at(0), at(100 + n)) for n in range(4)]
    reader = Turn((), (WorkItem(Engine.VECTOR, tagged(VECTOR_FIELDS), 1, 20, (at(100),), (at(50),)),))
    writer = Turn((), (WorkItem(Engine.VECTOR, tagged(VECTOR_FIELDS), 2, 20, (at(50),), (at(100),)),))
    problem, schedule = scheduled((first, (reader,), (writer,)))
    layers = [problem.items[number].layer for number in schedule.order]
    assert layers.index(1) < len(layers) - 2
    assert layers[-1] == 2


def test_a_half_is_filled_again_when_it_has_been_emptied() -> None:
    problem, schedule = scheduled([[a_turn(0, at(0), at(100 + n), sums=30, outputs=90) for n in range(5)]])
    for emptied, filled in zip(problem.strands[0], problem.strands[0][2:], strict=False):
        last = emptied.outputs[-1]
        retired = schedule.starts[last] + problem.cycles[last] + problem.tail[last]
        assert schedule.starts[filled.first] == retired + 1 + problem.lead[filled.first]


def test_outputs_of_a_layer_keep_their_order() -> None:
    """The second output could come before the first, which waits; who needs both is only told of the second."""
    engine = Engine.DEPTHWISE
    slow = Turn((a_sum(0, 3000, at(100), engine=engine),), (an_output(0, 50, at(2), engine=engine),))
    turns = (a_turn(1, at(3), at(100)), a_turn(1, at(3), at(101)))
    both = Region(100, (2,), (1,))
    user = Turn((), (WorkItem(Engine.VECTOR, tagged(VECTOR_FIELDS), 2, 20, (both,), (at(4),)),))
    problem, schedule = scheduled(((slow,), turns, (user,)))
    written = [problem.items[number].writes for number in schedule.order]
    assert written.index((at(100),)) < written.index((at(101),)) < written.index((at(4),))


@pytest.mark.parametrize("case", range(8))
def test_turns_have_their_half_to_themselves(case: int, rng: np.random.Generator) -> None:
    problem, schedule = scheduled(random_layers(rng))
    items = interleave(problem, schedule, CONFIG)
    place = places(problem, items)
    turns: dict[tuple[Engine, int], list[tuple[int, int]]] = {}
    for strand in problem.strands:
        for step in strand:
            if not step.sums:
                continue
            members = [items[place[number]] for number in (*step.sums, *step.outputs)]
            half = members[0].half
            assert half is not None
            for item in members:
                field = "a_address" if item.engine is Engine.VECTOR else "accumulator_base"
                assert item.fields[field] == half * DEPTHS[step.engine] // 2
                assert item.half == half
            sums, outputs = ([place[n] for n in numbers] for numbers in (step.sums, step.outputs))
            assert max(sums) < min(outputs)
            turns.setdefault((step.engine, half), []).append((min(sums), max(outputs)))
    for spans in turns.values():
        for (_, end), (begin, _) in pairwise(sorted(spans)):
            assert end < begin, f"case {case}"


@pytest.mark.parametrize("case", range(8))
def test_times_are_possible(case: int, rng: np.random.Generator) -> None:
    problem, schedule = scheduled(random_layers(rng))
    ends = [start + cycles for start, cycles in zip(schedule.starts, problem.cycles, strict=True)]
    retired = [end + tail for end, tail in zip(ends, problem.tail, strict=True)]
    for number, others in enumerate(problem.before):
        for other in others:
            assert schedule.starts[number] > retired[other], f"case {case}"
    for engine in Engine:
        own = [n for n in schedule.order if problem.items[n].engine is engine]
        for first, second in pairwise(own):
            assert ends[first] <= schedule.starts[second]
    assert schedule.end == max(retired)


def test_matrix_feeds_vector() -> None:
    """A layer with much to requantise runs while MATRIX works on one with little."""
    heavy = [a_turn(0, at(0), at(100 + n), sums=500, outputs=100) for n in range(8)]
    light = [a_turn(1, at(1), at(200 + n), sums=100, outputs=500) for n in range(8)]
    sequential = scheduled((heavy, light), Preference.EARLIEST_LAYER)[1].end
    interleaved = scheduled((heavy, light), Preference.FEED_VECTOR)[1].end
    assert sequential > 8000
    assert interleaved < 5400  # each engine has 4,800 cycles of work


def test_additions_start_as_soon_as_their_operands_exist() -> None:
    sums = [a_turn(0, at(0), at(100 + n)) for n in range(6)]
    adds = [
        Turn(
            (),
            (
                WorkItem(
                    Engine.VECTOR,
                    tagged(VECTOR_FIELDS),
                    1,
                    20,
                    (at(100 + n),),
                    (at(n),),
                ),
            ),
        )
        for n in range(1, 6)
    ]
    problem, schedule = scheduled((sums, adds))
    order = [(problem.items[n].engine, problem.items[n].layer) for n in schedule.order]
    assert order.index((Engine.VECTOR, 1)) < len(order) // 2


def test_mobilenet_is_done_in_40000_cycles() -> None:
    """MLPerf Tiny's visual wake words, MobileNetV1-0.25 at 96x96, as the cost model sees it."""
    graph = import_model(ZOO["mobilenet_v1_quarter"](1), name="mobilenet")
    assert predict(compile_graph(graph, PRESETS["large"])).cycles <= 40_000


def test_small_program_memory_gets_a_short_program(rng: np.random.Generator) -> None:
    """If the fastest schedule's program does not fit, a coarser one is taken."""
    net = GraphBuilder(rng)
    x = net.conv(net.input(1, 40, 40, 3), 8)
    graph = net.build(net.conv(net.conv(x, 8), 8))
    fastest = compile_graph(graph, AcceleratorConfig())
    bytes_needed = 8 * len(fastest.program)
    smaller = AcceleratorConfig.create({"program_bytes": bytes_needed - 8})
    assert 8 * len(compile_graph(graph, smaller).program) < bytes_needed


def test_tables_are_not_loaded_in_turns() -> None:
    """Look-ups of two tables could alternate, but each table is loaded once."""
    turns: list[list[Turn]] = [[], []]
    for layer in (0, 1):
        for piece in range(6):
            item = WorkItem(
                Engine.VECTOR,
                {**tagged(VECTOR_FIELDS), "function": Function.TABLE, "parameter_base": 64 * layer},
                layer,
                20,
                writes=(at(100 * layer + piece),),
            )
            turns[layer].append(Turn((), (item,)))
    problem, schedule = scheduled(turns)
    layers = [problem.items[number].layer for number in schedule.order]
    assert layers == sorted(layers)
    assert schedule.starts[schedule.order[6]] == schedule.starts[schedule.order[5]] + 20 + 64
