"""A simulation passes only if everything ran and passed, and leaves nothing behind."""

import multiprocessing
import os
import re
import time
from pathlib import Path

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.generators.verilog import emit
from celosia.runtime.simulation import (
    Build,
    BuildError,
    EnvironmentProblem,
    Simulation,
    SimulationFailure,
    build,
    cached,
    choose_seed,
    run,
)
from celosia.runtime.simulation import environment as environment_module
from celosia.runtime.simulation import verilator as verilator_module

MODULE = "tests.project.bench_outcomes"
CLOCKED_MODULE = "tests.project.bench_clocked"


class Register(wiring.Component):
    """A byte, one cycle later."""

    source: In(8)
    sink: Out(8)

    def elaborate(self, platform: object) -> Module:
        """One register."""
        m = Module()
        m.d.sync += self.sink.eq(self.source)
        return m


class Ticks(wiring.Component):
    """Counts cycles."""

    clear: In(1)
    count: Out(32)
    full: Out(1)

    def elaborate(self, platform: object) -> Module:
        """Build a counter."""
        m = Module()
        m.d.sync += self.count.eq(self.count + 1)
        with m.If(self.clear):
            m.d.sync += self.count.eq(0)
        m.d.comb += self.full.eq(self.count == 1000)
        return m


@pytest.fixture(scope="module", params=["verilator", "icarus"])
def built(request: pytest.FixtureRequest) -> Build:
    return build(emit(Register()), simulator=request.param)


def test_good_run_passes_and_leaves_nothing(
    built: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(Path.cwd())
    monkeypatch.chdir(tmp_path)
    run(built, MODULE, cases=1, parameters={"ending": "passed"})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("failed", "test outcome has outcome failure"),
        ("skipped", "test outcome has outcome skipped"),
        ("background fails", "test outcome has outcome failure"),
        ("background fails late", "test outcome has outcome failure"),
        ("error logged", "all tests passed, but an error was logged: .*something went wrong"),
    ],
)
def test_bad_endings_are_failures(built: Build, ending: str, reason: str) -> None:
    with pytest.raises(SimulationFailure, match=reason) as caught:
        run(built, MODULE, cases=1, parameters={"ending": ending}, seed=77)
    assert "repeat with CELOSIA_SEED=77" in str(caught.value)


@pytest.mark.parametrize("cases", [0, 2])
def test_number_of_cases_must_be_right(built: Build, cases: int) -> None:
    with pytest.raises(SimulationFailure, match=rf"{cases} tests were expected, 1 ran"):
        run(built, MODULE, cases=cases, parameters={"ending": "passed"})


def test_module_must_exist(built: Build) -> None:
    with pytest.raises(SimulationFailure, match=r"it ended with exit code \d+ and left no results"):
        run(built, "tests.project.no_such_bench", cases=1)


def test_endless_run_is_ended(built: Build) -> None:
    start = time.monotonic()
    with pytest.raises(SimulationFailure, match=r"did not end within 3 seconds"):
        run(built, MODULE, cases=1, parameters={"ending": "endless"}, timeout=3)
    assert time.monotonic() - start < 30


def test_leaving_the_context_ends_the_process(built: Build) -> None:
    with Simulation(built, MODULE, parameters={"ending": "endless"}) as simulation:
        assert simulation.is_running()
    assert not simulation.is_running()


def test_seed_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELOSIA_SEED", "0x10")
    assert choose_seed() == 16
    assert choose_seed(3) == 3
    monkeypatch.setenv("CELOSIA_SEED", "many")
    with pytest.raises(ValueError, match=r"^CELOSIA_SEED must be an integer, not 'many'$"):
        choose_seed()
    monkeypatch.delenv("CELOSIA_SEED")
    assert choose_seed() != choose_seed()


def test_same_design_is_built_once(built: Build) -> None:
    before = built.program.stat().st_mtime_ns
    assert build(emit(Register()), simulator=built.simulator) == built
    assert built.program.stat().st_mtime_ns == before


@pytest.mark.parametrize("simulator", ["verilator", "icarus"])
def test_design_that_is_none_is_refused(simulator: str) -> None:
    with pytest.raises(BuildError, match="failed with exit code"):
        build("module top(input a; endmodule", simulator=simulator)


def test_simulator_must_be_known() -> None:
    with pytest.raises(ValueError, match=r"^simulator must be 'verilator' or 'icarus', not 'other'$"):
        build("", simulator="other")


def test_missing_tools_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(
        EnvironmentProblem, match=r"^g\+\+ is missing: .*sudo apt-get install g\+\+`$"
    ) as caught:
        build("module top(input a); endmodule")
    assert caught.value.exit_code == 3
    with pytest.raises(EnvironmentProblem, match=r"^iverilog is missing: .*sudo apt-get install iverilog`$"):
        build("module top(input a); endmodule", simulator="icarus")


def test_old_verilator_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "verilator"
    fake.write_text("#!/bin/sh\necho Verilator 5.006 2023-01-22\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("VERILATOR", raising=False)
    assert verilator_module.find_verilator.__wrapped__().executable.name == "verilator_bin"
    monkeypatch.setenv("VERILATOR", str(fake))
    with pytest.raises(
        EnvironmentProblem, match=re.escape(f"VERILATOR={fake} is not Verilator 5.036 or newer")
    ):
        verilator_module.find_verilator.__wrapped__()


def _produce(folder: Path) -> None:
    time.sleep(0.5)
    (folder / "made").write_text(str(os.getpid()))


def _make(cache: str) -> str:
    os.environ["XDG_CACHE_HOME"] = cache
    return (cached("test", ["same"], _produce) / "made").read_text()


def test_two_processes_make_a_folder_once(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        first, second = pool.map(_make, [str(tmp_path)] * 2)
    assert first == second


def test_interrupted_work_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def interrupted(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached("test", ["interrupted"], interrupted)
    folder = cached("test", ["interrupted"], lambda folder: None)
    assert not list(folder.iterdir())
    assert not list(folder.parent.glob("making-*"))


def test_cache_must_be_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    with pytest.raises(
        EnvironmentProblem, match=r"^the cache folder .* cannot be written \(.*\): set XDG_CACHE_HOME"
    ):
        cached("test", ["any"], lambda folder: None)


def test_unused_folders_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    old = cached("test", ["old"], lambda folder: None)
    new = cached("test", ["new"], lambda folder: None)
    past = time.time() - (environment_module.UNUSED_DAYS + 1) * 86400
    os.utime(old, (past, past))
    cached("test", ["third"], lambda folder: None)
    assert not old.exists()
    assert new.exists()


def test_waveforms_are_recorded_on_request(tmp_path: Path) -> None:
    traced = build(emit(Register()), trace="vcd")
    wave = tmp_path / "wave.vcd"
    run(traced, MODULE, cases=1, parameters={"ending": "passed"}, trace_file=wave)
    assert wave.stat().st_size > 0


def test_simulator_drives_the_clock(tmp_path: Path) -> None:
    clocked = build(emit(Ticks()), clock="clk", trace="vcd")
    wave = tmp_path / "wave.vcd"
    run(clocked, CLOCKED_MODULE, cases=1, trace_file=wave, timeout=60)
    text = wave.read_text()
    clock = re.search(r"\$var wire +1 (\S+) clk ", text)
    assert clock
    assert text.count(f"\n1{clock[1]}\n") > 1000
    times = [int(time) for time in re.findall(r"^#(\d+)$", text, re.MULTILINE)]
    assert times == sorted(set(times))


def test_only_verilator_drives_a_clock() -> None:
    with pytest.raises(ValueError, match=r"^clock must be None for icarus, not 'clk'$"):
        build("", simulator="icarus", clock="clk")
    with pytest.raises(ValueError, match=r"^clock must be None for a design with timing, not 'clk'$"):
        build("", timing=True, clock="clk")


def test_waveforms_need_a_build_for_them(built: Build, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^trace_file needs a build made with a trace format$"):
        run(built, MODULE, cases=1, trace_file=tmp_path / "wave.vcd")
