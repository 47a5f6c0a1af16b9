# amaranth: UnusedElaboratable=no
"""Weight, parameter and program memories in simulation; and what they refuse."""

from typing import Any, Literal

import numpy as np
import pytest
from amaranth.hdl import unsigned

from celosia.rtl.bus.address_map import Region, parameter_image, weight_image
from celosia.rtl.config import AcceleratorConfig, ConfigurationError
from celosia.rtl.memory.network import NetworkMemories
from celosia.rtl.memory.parameters import ParameterMemory
from celosia.rtl.memory.port import WordReadSignature
from celosia.rtl.memory.program import ProgramMemory
from celosia.rtl.memory.weights import WeightMemory, WeightReadSignature
from celosia.rtl.memory.wide import SLICE_WORDS, WideMemory
from sim_tests.support import run_bench

Simulator = Literal["verilator", "icarus"]

BENCH = "sim_tests.units.bench_word_memory"

RANDOM = np.random.default_rng(1)


@pytest.mark.parametrize(
    ("words", "rows_per_cycle", "cols", "bus_width", "registered", "stride", "simulator"),
    [
        (24, 1, 5, 32, False, 8, "icarus"),
        (17, 3, 3, 32, True, 16, "verilator"),
        (16, 1, 1, 64, False, 8, "verilator"),
        (2 * SLICE_WORDS + 3, 1, 5, 32, True, 8, "verilator"),
    ],
)
def test_weight_memory(
    words: int,
    rows_per_cycle: int,
    cols: int,
    bus_width: int,
    registered: bool,
    stride: int,
    simulator: Simulator,
) -> None:
    """A word is its bytes, row by row."""
    memory = WeightMemory(
        words=words, rows_per_cycle=rows_per_cycle, cols=cols, bus_width=bus_width, registered=registered
    )
    fields = [(8 * index, 8) for index in range(rows_per_cycle * cols)]
    given = {
        "words": words,
        "stride": stride,
        "bus_width": bus_width,
        "fields": fields,
        "latency": memory.read_latency,
    }
    run_bench(memory, BENCH, cases=4, parameters=given, simulator=simulator)


@pytest.mark.parametrize(
    ("words", "lanes", "bus_width", "registered", "stride", "simulator"),
    [
        (9, 1, 32, True, 16, "icarus"),
        (12, 3, 32, False, 64, "verilator"),
        (8, 2, 64, False, 32, "verilator"),
    ],
)
def test_parameter_memory(
    words: int, lanes: int, bus_width: int, registered: bool, stride: int, simulator: Simulator
) -> None:
    """An entry has 16 bytes: bias, multiplier and shift, four bytes apart."""
    memory = ParameterMemory(words=words, lanes=lanes, bus_width=bus_width, registered=registered)
    fields = [
        (128 * lane + offset, width)
        for lane in range(lanes)
        for offset, width in ((0, 32), (32, 31), (64, 6))
    ]
    given = {
        "words": words,
        "stride": stride,
        "bus_width": bus_width,
        "fields": fields,
        "latency": memory.read_latency,
    }
    run_bench(memory, BENCH, cases=4, parameters=given, simulator=simulator)


@pytest.mark.parametrize(
    ("words", "bus_width", "single_port", "simulator"),
    [
        (20, 32, False, "icarus"),
        (32, 64, False, "verilator"),
        (20, 32, True, "verilator"),
        (32, 64, True, "icarus"),
    ],
)
def test_program_memory(words: int, bus_width: int, single_port: bool, simulator: Simulator) -> None:
    """A word has 8 bytes."""
    given = {"words": words, "stride": 8, "bus_width": bus_width, "fields": [(0, 64)], "latency": 1}
    memory = ProgramMemory(words=words, bus_width=bus_width, single_port=single_port)
    run_bench(memory, BENCH, cases=4, parameters=given, simulator=simulator)


CONFIG = AcceleratorConfig.create({"rows": 3, "cols": 5, "vector_lanes": 2, "weight_rows_per_cycle": 1})


@pytest.mark.parametrize(("region", "simulator"), [(Region.PROGRAM, "icarus"), (Region.WEIGHTS, "verilator")])
@pytest.mark.parametrize("bus_width", [32, 64])
def test_contents(region: Region, simulator: Simulator, bus_width: int) -> None:
    """A memory holds what its files say before anybody has written."""
    config = AcceleratorConfig.create({**CONFIG.model_dump(), "bus_width": bus_width})
    dense = RANDOM.bytes(20 * config.weight_word_bytes)
    image = RANDOM.bytes(160) if region is Region.PROGRAM else weight_image(config, dense)
    memory = NetworkMemories.of(config, embedded=True).regions[region]
    run_bench(
        memory,
        "sim_tests.units.bench_memory_contents",
        cases=1,
        parameters={"image": image.hex(), "bus_width": bus_width},
        simulator=simulator,
        files=memory.contents_files(image),
    )


def test_contents_of_parameters() -> None:
    """Bits that no part holds are left out of the files."""
    entries = [
        [int(RANDOM.integers(-(1 << 31), 1 << 31)), int(RANDOM.integers(1 << 31)), 63] for _ in range(7)
    ]
    memory = NetworkMemories.of(CONFIG, embedded=True).parameters
    image = parameter_image(CONFIG, entries)
    given = {"image": image.hex(), "bus_width": CONFIG.bus_width}
    bench = "sim_tests.units.bench_memory_contents"
    run_bench(memory, bench, cases=1, parameters=given, files=memory.contents_files(image))


def test_refused_contents() -> None:
    with pytest.raises(
        ValueError, match=r"^contents must be given to a memory that holds something from the start$"
    ):
        ProgramMemory(words=4, bus_width=32).contents_files(b"")
    with pytest.raises(ValueError, match=r"^image must be at most 32 bytes, not 40$"):
        ProgramMemory(words=4, bus_width=32, contents="program").contents_files(bytes(40))
    with pytest.raises(
        ValueError, match=r"^contents must be empty for RAM with a single port, not 'program'$"
    ):
        ProgramMemory(words=4, bus_width=32, contents="program", single_port=True)
    config = CONFIG.model_copy(update={"program_ports": 1})
    with pytest.raises(
        ConfigurationError, match=r"^program_ports must be 2 for memories that hold a program"
    ):
        NetworkMemories.of(config, embedded=True)


WEIGHTS: dict[str, Any] = {"words": 4, "rows_per_cycle": 1, "cols": 4, "bus_width": 32}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"words": 0}, r"^words must be positive, not 0$"),
        ({"rows_per_cycle": 0}, r"^rows_per_cycle must be positive, not 0$"),
        ({"cols": -4}, r"^cols must be positive, not -4$"),
        ({"bus_width": 128}, r"^bus_width must be 32 or 64, not 128$"),
        ({"words": 1 << 27}, r"^words must be at most 67108864 of 4 bytes, not 134217728$"),
    ],
)
def test_refused_values(changes: dict[str, Any], message: str) -> None:
    """Sizes that cannot be built are named."""
    with pytest.raises(ValueError, match=message):
        WeightMemory(**{**WEIGHTS, **changes})


@pytest.mark.parametrize("name", ["words", "rows_per_cycle", "cols"])
def test_refused_types(name: str) -> None:
    """Every size must be an integer."""
    with pytest.raises(TypeError, match=rf"^{name} must be an integer, not '4'$"):
        WeightMemory(**{**WEIGHTS, name: "4"})


def test_refused_lanes() -> None:
    """Parameter words have at least one lane."""
    with pytest.raises(ValueError, match=r"^lanes must be positive, not 0$"):
        ParameterMemory(words=4, lanes=0, bus_width=32)
    with pytest.raises(ValueError, match=r"^bus_width must be 32 or 64, not 8$"):
        ParameterMemory(words=4, lanes=1, bus_width=8)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([40], r"^parts must be in 0\.\.32, not 40$"),
        ([32], r"^parts must add up to the 40 bits of a word, not \[32\]$"),
    ],
)
def test_refused_parts(parts: list[int], message: str) -> None:
    """The parts must be bus words that make up a word."""
    with pytest.raises(ValueError, match=message):
        WideMemory(read=WordReadSignature(words=4, shape=unsigned(40)), parts=parts, bus_width=32)


def test_signatures_compare_by_words_and_shape() -> None:
    """Ports to memories of the same words are interchangeable, others are not."""
    port = WeightReadSignature(words=4, rows_per_cycle=1, cols=4)
    assert port == WeightReadSignature(words=4, rows_per_cycle=1, cols=4)
    assert port != WeightReadSignature(words=8, rows_per_cycle=1, cols=4)
    assert port != WeightReadSignature(words=4, rows_per_cycle=2, cols=4)
