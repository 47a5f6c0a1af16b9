"""``celosia build`` from end to end, with stand-ins for the tools."""

import json
import re
import time
from pathlib import Path

import pytest

from celosia.cli import digits
from celosia.cli.main import execute
from celosia.compiler.compiled import CompiledModel
from celosia.fpga.design import contents_files
from celosia.rtl.config import AcceleratorConfig
from tests.fpga.conftest import FakeTools
from tests.fpga.small import SETTINGS

BUILD = ["build", "--board", "ulx3s-25f", *SETTINGS, "--set", "clock_hz=50_000_000"]


def test_results(
    fake_tools: FakeTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert execute(BUILD) == 0
    folder = tmp_path / "build" / "ulx3s-25f"
    assert (folder / "ulx3s-25f.bit").read_bytes() == b"bits of seed 1"
    config = AcceleratorConfig.from_toml(folder / "config.toml")
    assert (config.rows, config.clock_hz) == (2, 50_000_000)
    report = json.loads((folder / "report.json").read_text())
    assert report["meets_clock"] is True
    assert report["clock_mhz"] == 101.5
    assert report["config"]["rows"] == 2
    shown = capsys.readouterr()
    assert "101.5 MHz of 50 MHz" in shown.out
    assert "board.queue.count" in shown.out
    assert "TRELLIS" not in shown.out
    assert "placing and routing" in shown.err


def test_missed_clock_is_an_error(
    fake_tools: FakeTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAKE_MHZ", "1:49.9,2:48,3:49.8,4:47")
    assert execute([*BUILD, "-o", str(tmp_path / "out")]) == 2
    assert "celosia: the clock is missed: 49.9 MHz of 50 MHz" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert execute([*BUILD, "-o", str(tmp_path / "out"), "--allow-timing-failure"]) == 0
    assert (tmp_path / "out" / "ulx3s-25f.bit").is_file()
    assert "MISSED" in capsys.readouterr().out


def test_tries_stop_at_the_first_that_meets_the_clock(
    fake_tools: FakeTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_MHZ", "7:40,8:60,9:65")
    assert execute([*BUILD, "-o", str(tmp_path), "--seed", "7"]) == 0
    assert (tmp_path / "ulx3s-25f.bit").read_bytes() == b"bits of seed 8"
    assert fake_tools.runs == ["yosys", *["nextpnr-ecp5", "ecppack"] * 2]


def test_fastest_try_counts(fake_tools: FakeTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_MHZ", "1:30,2:45,3:40")
    assert execute([*BUILD, "-o", str(tmp_path), "--tries", "3", "--allow-timing-failure"]) == 0
    assert (tmp_path / "ulx3s-25f.bit").read_bytes() == b"bits of seed 2"


#: A part that is placed and routed in steps of their own, two seeds at once.
LARGE_BUILD = [
    "build",
    "--board",
    "ulx3s-85f",
    *SETTINGS,
    "--set",
    "clock_hz=50_000_000",
    "--set",
    "multiplier=ecp5",
]


def test_large_parts_are_routed_until_one_placement_meets_the_clock(
    fake_tools: FakeTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAKE_MHZ", "1:48,2:49,3:99,4:60,5:99")
    monkeypatch.setenv("FAKE_SLOW", "3")
    assert execute([*LARGE_BUILD, "-o", str(tmp_path), "--tries", "5"]) == 0
    assert (tmp_path / "ulx3s-85f.bit").read_bytes() == b"bits of seed 4"
    assert json.loads((tmp_path / "report.json").read_text())["seed"] == 4
    # Two that are too slow, then two of which one would be routed for much longer.
    assert fake_tools.runs == ["yosys", *[*["nextpnr-ecp5"] * 4, "ecppack"] * 2]
    told = capsys.readouterr().err
    for title in (
        "placing and routing (seeds 1 and 2)",
        "placing and routing (seeds 3 and 4)",
        "placing (seeds 3 and 4)",
        "routing (seeds 3 and 4)",
    ):
        assert f"{title} ..." in told
        assert re.search(rf"{re.escape(title)}: \d+ s", told)
    assert "seed 5" not in told
    assert not list((tmp_path / "cache").rglob("placed.json"))


@pytest.mark.parametrize(("clocks", "fastest"), [("1:48,2:49", 2), ("1:49,2:48", 1)])
def test_faster_of_two_counts(
    fake_tools: FakeTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clocks: str, fastest: int
) -> None:
    monkeypatch.setenv("FAKE_MHZ", clocks)
    build = [*LARGE_BUILD, "-o", str(tmp_path), "--allow-timing-failure"]
    assert execute([*build, "--tries", "2"]) == 0
    assert (tmp_path / "ulx3s-85f.bit").read_bytes() == f"bits of seed {fastest}".encode()
    # A single try goes the same way.
    assert execute([*build, "--seed", "1"]) == 0
    assert fake_tools.runs[-3:] == ["nextpnr-ecp5", "nextpnr-ecp5", "ecppack"]
    assert (tmp_path / "ulx3s-85f.bit").read_bytes() == b"bits of seed 1"


def test_failed_routing_ends_the_other_one(
    fake_tools: FakeTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAKE_MHZ", "1:99")
    monkeypatch.setenv("FAKE_SLOW", "1")
    start = time.monotonic()
    assert execute([*LARGE_BUILD, "-o", str(tmp_path), "--tries", "2"]) == 2
    assert time.monotonic() - start < 60, "the other one takes 100 s"
    assert "ERROR: there is no way for seed 2" in capsys.readouterr().err
    assert not (tmp_path / "ulx3s-85f.bit").exists()


def test_nothing_is_built_twice(
    fake_tools: FakeTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute([*BUILD, "-o", str(tmp_path)]) == 0
    assert execute([*BUILD, "-o", str(tmp_path)]) == 0
    assert fake_tools.runs == ["yosys", "nextpnr-ecp5", "ecppack"]
    assert "found in the cache" in capsys.readouterr().err
    # Another clock: the crystal's multiple is in the netlist.
    assert execute([*BUILD, "-o", str(tmp_path), "--set", "clock_hz=75_000_000"]) == 0
    assert fake_tools.runs[3:] == ["yosys", "nextpnr-ecp5", "ecppack"]


@pytest.mark.parametrize("tool", ["yosys", "nextpnr-ecp5", "ecppack"])
def test_failed_tool_is_quoted(
    tool: str,
    fake_tools: FakeTools,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FAKE_FAIL", tool)
    assert execute([*BUILD, "-o", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert f"({tool}, exit code 1):\nERROR: cannot place the 29th multiplier" in said
    assert "chatter" not in said
    assert not (tmp_path / "out").exists()
    # What failed is not kept.
    monkeypatch.delenv("FAKE_FAIL")
    assert execute([*BUILD, "-o", str(tmp_path / "out")]) == 0


def test_missing_tool(
    fake_tools: FakeTools, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECPPACK", "no-such-tool --fast")
    assert execute(BUILD) == 3
    assert "ECPPACK names 'no-such-tool', which cannot be started" in capsys.readouterr().err
    assert fake_tools.runs == []
    monkeypatch.delenv("ECPPACK")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert execute(BUILD) == 3
    assert "ecppack is missing: install it with `pip install 'celosia[fpga]'`" in capsys.readouterr().err


def test_network_sizes_the_memories(fake_tools: FakeTools, tmp_path: Path) -> None:
    model = str(digits.model_path())
    small = ["--set", "rows=4", "--set", "cols=4", "--set", "accumulator_depth=128"]
    assert execute(["build", "--board", "ulx3s-25f", "--model", model, *small, "-o", str(tmp_path)]) == 0
    config = AcceleratorConfig.from_toml(tmp_path / "config.toml")
    assert config.weight_bytes < 4096
    assert config.scratchpad_bytes < 4096
    assert config.vector_functions == "maximum"
    assert (tmp_path / "digits.celosia").is_file()


def test_embedded_network(fake_tools: FakeTools, tmp_path: Path) -> None:
    """The bitstream holds the network: it is another one than without, or with another network."""
    model = str(digits.model_path())
    small = ["--set", "rows=4", "--set", "cols=4", "--set", "accumulator_depth=128"]
    command = ["build", "--board", "ulx3s-25f", "--model", model, *small, "-o", str(tmp_path)]
    assert execute(command) == 0
    assert execute([*command, "--embed"]) == 0
    assert fake_tools.runs == ["yosys", "nextpnr-ecp5", "ecppack"] * 2
    program = CompiledModel.load(tmp_path / "digits.celosia")
    files = contents_files(program)
    assert set(files) == {
        "program_0.hex",
        "program_1.hex",
        "weights_0.hex",
        *(f"parameters_{n}.hex" for n in (0, 1, 2)),
    }
    low = [int(line, 16) for line in files["program_0.hex"].split()]
    high = [int(line, 16) for line in files["program_1.hex"].split()]
    assert [a | b << 32 for a, b in zip(low, high, strict=True)] == program.program.tolist()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--board", "ulx3s-25f", "--embed"], 1, "--embed needs --model: the network to hold"),
        (["--board", "ulx3s"], 1, "there is no board 'ulx3s'; did you mean ulx3s-"),
        (
            ["--board", "ulx3s-25f", "--set", "clock_hz=101_010_101"],
            1,
            "clock_hz must be a frequency that the board's 25 MHz crystal and PLL can make: the closest to",
        ),
        (
            ["--board", "ulx3s-25f", "--set", "weight_bytes=0x40000"],
            1,
            "block RAMs, ulx3s-25f has 56: weights 128 (weight_bytes), ",
        ),
    ],
)
def test_refusals(
    arguments: list[str],
    code: int,
    message: str,
    fake_tools: FakeTools,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert execute(["build", *arguments]) == code
    assert message in capsys.readouterr().err
    assert fake_tools.runs == []
