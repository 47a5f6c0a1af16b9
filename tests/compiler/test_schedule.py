"""Blocks cover the output; reordered work keeps every dependence; waits are necessary and sufficient."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from celosia.compiler.hazards import find_waits
from celosia.compiler.hoist import hoist
from celosia.compiler.layers import Geometry
from celosia.compiler.schedule_matrix import choose_blocks
from celosia.compiler.work import Region, WorkItem
from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig

SCRATCHPAD = 400


@dataclass(frozen=True)
class Touched:
    """Bytes and accumulator halves of an item, as plain sets."""

    reads: frozenset[int]
    writes: frozenset[int]


def bytes_of(regions: Sequence[Region]) -> frozenset[int]:
    return frozenset(
        region.base + sum(i * step for i, step in zip(index, region.steps, strict=True))
        for region in regions
        for index in np.ndindex(*region.shape)
    )


def touched(item: WorkItem) -> Touched:
    return Touched(bytes_of(item.reads), bytes_of(item.writes))


def random_region(rng: np.random.Generator) -> Region:
    shape = tuple(int(extent) for extent in rng.integers(1, 4, 3))
    steps = (int(rng.integers(0, 40)), int(rng.integers(0, 12)), 1)
    span = sum((extent - 1) * step for extent, step in zip(shape, steps, strict=True)) + 1
    return Region(int(rng.integers(0, SCRATCHPAD - span + 1)), shape, steps)


def random_items(rng: np.random.Generator, count: int) -> tuple[WorkItem, ...]:
    """Sums with requantisation, and element-wise work, in layers of a few items."""
    items: list[WorkItem] = []
    half = layer = 0
    while len(items) < count:
        if rng.random() < 0.5:
            engine = Engine.MATRIX if rng.random() < 0.5 else Engine.DEPTHWISE
            read, written = random_region(rng), random_region(rng)
            items.append(WorkItem(engine, {}, layer, 1, reads=(read,), half=half, summed_by=engine))
            items.append(
                WorkItem(Engine.VECTOR, {}, layer, 1, writes=(written,), half=half, summed_by=engine)
            )
            half ^= 1
        else:
            reads = tuple(random_region(rng) for _ in range(int(rng.integers(1, 3))))
            items.append(WorkItem(Engine.VECTOR, {}, layer, 1, reads=reads, writes=(random_region(rng),)))
        layer += int(rng.random() < 0.3)
    return tuple(items)


def conflicts(first: WorkItem, second: WorkItem) -> bool:
    """Whether two items give another result in the other order."""
    a, b = touched(first), touched(second)
    shares_half = first.half is not None and (first.half, first.summed_by) == (second.half, second.summed_by)
    return bool(a.writes & (b.reads | b.writes) or a.reads & b.writes) or shares_half


def needs_wait(first: WorkItem, second: WorkItem) -> bool:
    """Whether issue order within the engine is not enough (docs/machine.md)."""
    a, b = touched(first), touched(second)
    if first.engine is second.engine is not Engine.VECTOR:
        return False
    if first.engine is second.engine:
        return bool(a.writes & (b.reads | b.writes))
    return conflicts(first, second)


@pytest.mark.parametrize("case", range(8))
def test_waits_are_for_the_last_conflicting_command(case: int, rng: np.random.Generator) -> None:
    items = random_items(rng, 60)
    counts = dict.fromkeys(Engine, 0)
    numbers = []
    for item in items:
        counts[item.engine] += 1
        numbers.append(counts[item.engine])
    for position, (item, waits) in enumerate(zip(items, find_waits(items, SCRATCHPAD), strict=True)):
        for engine, wait in waits.items():
            expected = max(
                (
                    numbers[earlier]
                    for earlier in range(position)
                    if items[earlier].engine is engine and needs_wait(items[earlier], item)
                ),
                default=0,
            )
            assert wait == expected, f"case {case}, item {position}"


@pytest.mark.parametrize("case", range(8))
def test_hoisting_keeps_the_order_of_conflicting_items(case: int, rng: np.random.Generator) -> None:
    items = random_items(rng, 60)
    hoisted = hoist(items, SCRATCHPAD)
    assert len({id(item) for item in hoisted} & {id(item) for item in items}) == len(items)
    place = {id(item): position for position, item in enumerate(hoisted)}
    for position, item in enumerate(items):
        for earlier in items[:position]:
            keeps_order = place[id(earlier)] < place[id(item)]
            is_sequence = earlier.engine is item.engine and None not in (earlier.half, item.half)
            if conflicts(earlier, item) or is_sequence:
                assert keeps_order, f"case {case}"


def test_hoisting_moves_work_to_where_its_inputs_exist() -> None:
    def region(base: int) -> tuple[Region, ...]:
        return (Region(base, (10,), (1,)),)

    sums = [
        WorkItem(Engine.MATRIX, {}, 0, 1, reads=region(0), half=block % 2, summed_by=Engine.MATRIX)
        for block in range(3)
    ]
    outs = [
        WorkItem(
            Engine.VECTOR, {}, 0, 1, writes=region(10 + 10 * block), half=block % 2, summed_by=Engine.MATRIX
        )
        for block in range(3)
    ]
    adds = [
        WorkItem(Engine.VECTOR, {}, 1, 1, reads=region(10 + 10 * block), writes=region(50 + 10 * block))
        for block in range(3)
    ]
    given = (sums[0], outs[0], sums[1], outs[1], sums[2], outs[2], *adds)
    assert hoist(given, 100) == (
        sums[0], sums[1], outs[0], sums[2], adds[0], outs[1], adds[1], outs[2], adds[2],
    )  # fmt: skip


def test_hoisting_leaves_outputs_whole_at_the_end_of_their_layer() -> None:
    """An item that overwrites an earlier layer's output comes after that layer's last item."""
    a, b, c = (Region(base, (10,), (1,)) for base in (0, 20, 40))
    items = (
        WorkItem(Engine.MATRIX, {}, 0, 1, half=0, summed_by=Engine.MATRIX),
        WorkItem(Engine.VECTOR, {}, 0, 1, writes=(a,), half=0, summed_by=Engine.MATRIX),
        WorkItem(Engine.MATRIX, {}, 0, 1, half=1, summed_by=Engine.MATRIX),
        WorkItem(Engine.VECTOR, {}, 0, 1, writes=(b,), half=1, summed_by=Engine.MATRIX),
        WorkItem(Engine.VECTOR, {}, 1, 1, reads=(a,), writes=(c,)),
        WorkItem(Engine.VECTOR, {}, 2, 1, reads=(c,), writes=(a,)),
    )
    hoisted = hoist(items, 100)
    assert hoisted.index(items[4]) == hoisted.index(items[1]) + 1
    assert hoisted.index(items[5]) > hoisted.index(items[3])


@pytest.mark.parametrize("depth", [4, 6, 50, 1024])
def test_blocks_cover_each_output_once(depth: int, rng: np.random.Generator) -> None:
    config = AcceleratorConfig.create({"accumulator_depth": depth})
    for _ in range(30):
        images, height, width = (int(rng.integers(1, high)) for high in (3, 40, 70))
        shape = Geometry(images, height, width, 3, height, width, 8, (3, 3))
        counts = np.zeros((images, height, width), int)
        for block in choose_blocks(config, shape):
            assert block.pixels <= depth // 2
            rows = slice(block.first_row, block.first_row + block.rows)
            counts[block.image, rows, block.first_col : block.first_col + block.cols] += 1
        assert (counts == 1).all()


def test_layers_come_in_several_blocks() -> None:
    assert len(choose_blocks(AcceleratorConfig(), Geometry(1, 32, 32, 3, 32, 32, 8, (3, 3)))) == 4
