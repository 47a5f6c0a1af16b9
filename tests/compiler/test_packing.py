"""Weights in tiles: each meets its own input, and the choice of chunks is the best there is."""

import numpy as np
import pytest

from celosia.compiler.layers import Chunk, Geometry
from celosia.compiler.packing import Grouping, choose_chunks, chunk_tiles, narrow_cells
from celosia.rtl.config import AcceleratorConfig

MACHINE = AcceleratorConfig.create({"rows": 8, "cols": 8})


def geometry(channels: int, outputs: int, kernel: tuple[int, int], dilation: int = 1) -> Geometry:
    return Geometry(1, 9, 9, channels, 9, 9, outputs, kernel, dilation=(dilation, dilation))


def tiles(chunks: tuple[Chunk, ...]) -> int:
    return sum(chunk.kernel_cols * chunk.run_tiles for chunk in chunks)


@pytest.mark.parametrize("case", range(30))
def test_tiles_multiply_what_the_convolution_does(case: int, rng: np.random.Generator) -> None:
    """One output pixel, computed from the tiles the way the machine walks them."""
    groups, inputs, outputs = (int(rng.integers(1, 7)) for _ in range(3))
    kernel = (int(rng.integers(1, 4)), int(rng.integers(1, 5)))
    dilation = int(rng.integers(1, 3))
    shape = geometry(groups * inputs, groups * outputs, kernel, dilation)
    grouping = Grouping(inputs, outputs)
    weights = rng.integers(-128, 128, (groups * outputs, *kernel, inputs)).astype(np.int8)
    extent = (kernel[1] - 1) * dilation + 1
    window = rng.integers(-128, 128, (kernel[0], extent, groups * inputs))
    for chunk in choose_chunks(MACHINE, shape, grouping):
        packed = chunk_tiles(MACHINE, shape, grouping, chunk, weights).astype(np.int64)
        row = np.zeros((kernel[0], extent * groups * inputs + 1000), np.int64)
        row[:, : extent * groups * inputs] = window.reshape(kernel[0], -1)
        sums = np.zeros(MACHINE.cols, np.int64)
        for ky, kx, tile in np.ndindex(kernel[0], chunk.kernel_cols, chunk.run_tiles):
            start = chunk.first_input + kx * dilation * groups * inputs + tile * MACHINE.rows
            sums += row[ky, start : start + MACHINE.rows] @ packed[ky, kx, tile]
        for column in range(MACHINE.cols):
            output = chunk.first_output + column
            expected = 0
            if column < chunk.outputs:
                first = output // outputs * inputs
                seen = window[:, ::dilation, first : first + inputs]
                expected = int(np.sum(seen * weights[output].astype(np.int64)))
            assert sums[column] == expected, f"case {case}, output {output}"


@pytest.mark.parametrize(
    ("shape", "grouping", "expected"),
    [
        (geometry(3, 8, (3, 3)), Grouping(3, 8), 2),  # 9 bytes in two tiles, not three taps
        (geometry(64, 8, (3, 3)), Grouping(64, 8), 24),
        (geometry(5, 8, (3, 3), dilation=2), Grouping(5, 8), 3),  # apart: a tile each
        (geometry(32, 32, (3, 3)), Grouping(1, 1), 12),  # diagonal: four chunks of 8, three taps
        (geometry(1, 8, (10, 8)), Grouping(1, 8), 1),  # one input: its taps side by side
        (geometry(2, 2, (3, 3)), Grouping(1, 1), 1),  # 6 bytes: both channels at once
        (geometry(16, 64, (1, 1)), Grouping(4, 16), 8),  # 8 columns never see more than one group
    ],
)
def test_tiles_per_kernel_row(shape: Geometry, grouping: Grouping, expected: int) -> None:
    assert tiles(choose_chunks(MACHINE, shape, grouping)) == expected


def test_chunks_cover_the_outputs(rng: np.random.Generator) -> None:
    for _ in range(50):
        groups, inputs, outputs = (int(rng.integers(1, 12)) for _ in range(3))
        shape = geometry(groups * inputs, groups * outputs, (3, 2))
        chunks = choose_chunks(MACHINE, shape, Grouping(inputs, outputs))
        covered = [chunk.first_output + column for chunk in chunks for column in range(chunk.outputs)]
        assert covered == list(range(groups * outputs))
        assert all(chunk.outputs <= MACHINE.cols for chunk in chunks)


@pytest.mark.parametrize(
    ("shape", "grouping", "expected"),
    [
        (
            geometry(3, 8, (3, 3)),
            Grouping(3, 8),
            0,
        ),  # 9 bytes in two tiles: what is empty is the second one's
        (geometry(2, 8, (1, 1)), Grouping(2, 8), 6 * 8),  # 2 of 8 rows
        (geometry(16, 3, (1, 1)), Grouping(16, 3), 16 * 5),  # 3 of 8 columns
        (geometry(16, 12, (1, 1)), Grouping(16, 12), 0),  # two chunks
        (geometry(8, 8, (3, 3)), Grouping(1, 1), 9 * 64 - 9 * 8),  # nine full tiles with a diagonal each
    ],
)
def test_narrow_cells(shape: Geometry, grouping: Grouping, expected: int) -> None:
    """Empty because of the layer, not because of how it is cut."""
    assert narrow_cells(MACHINE, shape, grouping, choose_chunks(MACHINE, shape, grouping)) == expected


def test_as_few_chunks_that_are_requantised_faster() -> None:
    """Six columns, four lanes: chunks of 4 and 4 take two cycles, those of 6 and 2 three."""
    machine = AcceleratorConfig.create({"rows": 8, "cols": 6, "vector_lanes": 4})
    chunks = choose_chunks(machine, geometry(16, 8, (1, 1)), Grouping(16, 8))
    assert [chunk.outputs for chunk in chunks] == [4, 4]


def test_chunks_end_where_groups_do() -> None:
    """Groups of 6 outputs: chunks of 8 would see two groups' inputs, which are two tiles of 4 rows."""
    machine = AcceleratorConfig.create({"rows": 4, "cols": 8})
    chunks = choose_chunks(machine, geometry(8, 12, (1, 1)), Grouping(4, 6))
    assert [chunk.outputs for chunk in chunks] == [6, 6]
