"""The emitted Verilog: the same every time, readable by every tool, and shaped by every parameter."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from amaranth.hdl import EnableInserter, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from celosia.generators.verilog import emit
from celosia.rtl.accelerator import Accelerator
from celosia.rtl.array.systolic import SystolicArray
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.repeated import Unshared, add_repeated
from celosia.runtime.simulation.verilator import find_verilator

#: Small, and such that each of the changes below is a legal configuration.
BASE: dict[str, Any] = {
    "rows": 2,
    "cols": 2,
    "accumulator_depth": 16,
    "scratchpad_bytes": 1024,
    "weight_bytes": 1024,
    "parameter_words": 64,
    "program_bytes": 1024,
    "vector_lanes": 1,
    "depthwise_taps": 9,
}

CHANGES: dict[str, Any] = {
    "rows": 4,
    "cols": 4,
    "pe_rows": 2,
    "pe_cols": 2,
    "weight_rows_per_cycle": 2,
    "accumulator_width": 24,
    "accumulator_depth": 32,
    "scratchpad_bytes": 2048,
    "scratchpad_banks": 2,
    "weight_bytes": 2048,
    "parameter_words": 128,
    "program_bytes": 2048,
    "program_ports": 1,
    "vector_lanes": 2,
    "depthwise_taps": 3,
    "multiplier": "ecp5",
    "depthwise_line": 100,
    "depthwise_accumulator_depth": 32,
    "bus_width": 64,
    "queue_depth": 0,
    "vector_functions": "maximum",
    "vector_registers": 0,
    "performance_counters": 0,
    "memory_registers": 1,
    "clock_hz": 50_000_000,
}

EMIT = """
import hashlib, sys
from celosia.generators.verilog import emit
from celosia.rtl.accelerator import Accelerator
from celosia.rtl.array.systolic import SystolicArray
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.repeated import Unshared, add_repeated
config = AcceleratorConfig(**eval(sys.argv[1]))
print(hashlib.sha256(emit(Accelerator(config), "accelerator").encode()).hexdigest())
"""


class Passthrough(wiring.Component):
    """Nothing but a wire, for tests of the emission itself."""

    source: In(8)
    sink: Out(8)

    def elaborate(self, platform: object) -> Module:
        """Connect the ports."""
        m = Module()
        m.d.comb += self.sink.eq(self.source)
        return m


class Wires(wiring.Component):
    """Some wires, with or without a register."""

    def __init__(self, *, width: int, registered: bool = False) -> None:
        self._registered = registered
        super().__init__({"source": In(width), "sink": Out(width)})

    def elaborate(self, platform: object) -> Module:
        """Connect the ports."""
        m = Module()
        m.d["sync" if self._registered else "comb"] += self.sink.eq(self.source)
        return m


class Repetition(wiring.Component):
    """A chain of wires: two alike, two others."""

    source: In(8)
    sink: Out(8)

    def elaborate(self, platform: object) -> Module:
        """Connect one to the next."""
        m = Module()
        end = self.source
        for index, parameters in enumerate(
            ({"width": 8}, {"width": 8}, {"width": 7}, {"width": 8, "registered": True})
        ):
            wires = add_repeated(m, f"part_{index}", platform, Wires, **parameters)
            m.d.comb += wires.source.eq(end)
            end = wires.sink
        m.d.comb += self.sink.eq(end)
        return m


class Halted(wiring.Component):
    """The chain, with an enable for its register."""

    run: In(1)
    source: In(8)
    sink: Out(8)

    def elaborate(self, platform: object) -> Module:
        """Surround the chain."""
        m = Module()
        repetition = Repetition()
        m.submodules.repetition = EnableInserter(self.run)(Unshared(repetition))
        m.d.comb += [repetition.source.eq(self.source), self.sink.eq(repetition.sink)]
        return m


@pytest.fixture(scope="module")
def verilog() -> str:
    return emit(Accelerator(AcceleratorConfig(**BASE)), "accelerator")


@pytest.fixture(scope="module")
def anonymous() -> str:
    """Without the configuration's digest, a constant that would hide a field that nothing else reads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AcceleratorConfig, "digest", 0)
        return emit(Accelerator(AcceleratorConfig(**BASE)), "accelerator")


def test_every_field_has_a_change() -> None:
    assert CHANGES.keys() == AcceleratorConfig.model_fields.keys()


@pytest.mark.parametrize("field", CHANGES)
def test_field_changes_the_hardware(field: str, anonymous: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AcceleratorConfig, "digest", 0)
    config = AcceleratorConfig(**{**BASE, field: CHANGES[field]})
    assert emit(Accelerator(config), "accelerator") != anonymous


@pytest.mark.parametrize("seed", ["0", "1"])
def test_text_is_the_same_in_every_process(seed: str, verilog: str) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", EMIT, repr(BASE)],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout.strip() == hashlib.sha256(verilog.encode()).hexdigest()


def test_text_names_no_source(verilog: str) -> None:
    assert "src =" not in verilog
    assert ".py" not in verilog


def test_no_signal_is_named_like_a_bit_of_another() -> None:
    """Yosys gives bits such names when it maps logic, and ends at once if they are taken."""
    text = emit(SystolicArray(rows=2, cols=2), "top")
    assert re.search(r"\\activations\.1 ", text)
    assert not re.search(r"\\\S*\[", text)


def test_template_is_there_once(verilog: str) -> None:
    assert verilog.count("module celosia_ram ") == 1
    assert "celosia_ram" not in emit(Passthrough())


def test_equal_components_share_a_module() -> None:
    text = emit(Repetition(), "top")
    modules = re.findall(r"^module (\w+)\(", text, re.MULTILINE)
    assert sorted(modules) == ["top", "top_wires", "top_wires_2", "top_wires_3"]
    instances = re.findall(r"^  (\w+) (part_\d) \(\n(.*?)\);", text, re.MULTILINE | re.DOTALL)
    assert [module for module, *_ in sorted(instances, key=lambda found: found[1])] == [
        "top_wires",
        "top_wires",
        "top_wires_2",
        "top_wires_3",
    ]
    assert [name for _, name, ports in instances if ".clk(" in ports] == ["part_3"]


def test_inserters_reach_what_is_repeated() -> None:
    text = emit(Halted())
    assert "top_wires" not in text
    (module,) = re.findall(r"^module \S*part_3 .*?^endmodule$", text, re.MULTILINE | re.DOTALL)
    assert re.search(r"^  input run;$", module, re.MULTILINE)


def test_other_platforms_get_submodules() -> None:
    top = Repetition()
    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    seen = []

    async def bench(context: Any) -> None:
        context.set(top.source, 0xA5)
        await context.tick()
        seen.append(context.get(top.sink))

    simulator.add_testbench(bench)
    simulator.run()
    assert seen == [0x25]


def test_verilator_accepts_it(verilog: str, tmp_path: Path) -> None:
    verilator = find_verilator()
    source = tmp_path / "accelerator.v"
    source.write_text(verilog)
    # Amaranth leaves widths to be extended and names unused, sets a default before each case, and compares
    # small numbers with the largest of their width.
    options = (
        "--lint-only",
        "-Wall",
        "-Wno-WIDTH",
        "-Wno-UNUSED",
        "-Wno-CASEINCOMPLETE",
        "-Wno-CMPCONST",
        "-Wno-style",
    )
    finished = subprocess.run(
        [verilator.executable, *options, "--top-module", "accelerator", source],
        env={**os.environ, **verilator.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize("name", ["", "1st", "a b", "a-b"])
def test_name_must_be_an_identifier(name: str) -> None:
    with pytest.raises(ValueError, match=r"^name must be a Verilog identifier, not '"):
        emit(Passthrough(), name)


def test_component_must_be_one() -> None:
    with pytest.raises(TypeError, match=r"^component must be a wiring.Component, not 3$"):
        emit(3)
