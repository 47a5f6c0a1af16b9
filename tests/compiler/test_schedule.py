"""Blocks cover the output; waits are necessary and sufficient."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from celosia.compiler.grain import Grain
from celosia.compiler.hazards import find_waits
from celosia.compiler.layers import Chunk, Geometry
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


@pytest.mark.parametrize("depth", [4, 6, 50, 1024])
def test_blocks_cover_each_output_once(depth: int, rng: np.random.Generator) -> None:
    config = AcceleratorConfig.create({"accumulator_depth": depth})
    for _ in range(30):
        images, height, width = (int(rng.integers(1, high)) for high in (3, 40, 70))
        shape = Geometry(images, height, width, 3, height, width, 8, (3, 3))
        counts = np.zeros((images, height, width), int)
        for block in choose_blocks(config, shape, (Chunk(0, 8, 0, 1, 9),)):
            assert block.pixels <= depth // 2
            rows = slice(block.first_row, block.first_row + block.rows)
            counts[block.image, rows, block.first_col : block.first_col + block.cols] += 1
        assert (counts == 1).all()


def test_layers_come_in_as_many_blocks_as_asked_for() -> None:
    shape = Geometry(1, 32, 32, 3, 32, 32, 8, (3, 3))
    for count in (4, 8, 16):
        blocks = choose_blocks(AcceleratorConfig(), shape, (Chunk(0, 8, 0, 1, 2),), Grain(blocks=count))
        assert len(blocks) == count


def test_blocks_are_worth_a_turn() -> None:
    """Of a 1x1 convolution with one tile, a block is not as small as of one with many."""
    shape = Geometry(1, 1, 256, 8, 1, 256, 8, (1, 1))
    blocks = choose_blocks(AcceleratorConfig(), shape, (Chunk(0, 8, 0, 1, 1),), Grain(block_cycles=64))
    assert min(block.pixels * 2 for block in blocks) == 64
