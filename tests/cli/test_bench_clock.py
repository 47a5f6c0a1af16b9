"""The clock by which ``celosia bench`` turns cycles into time."""

import json
from pathlib import Path

import pytest

from celosia.cli.main import execute
from celosia.generators.presets import PRESETS

FMAX_MHZ = 79.5


def _folder(folder: Path, report: str) -> Path:
    """A folder as ``celosia build`` leaves it."""
    (folder / "config.toml").write_text(PRESETS["nano"].to_toml())
    (folder / "report.json").write_text(report)
    return folder / "config.toml"


def _report() -> str:
    return json.dumps({"config": PRESETS["nano"].model_dump(mode="json"), "clock_mhz": FMAX_MHZ})


def _clock(tmp_path: Path, *options: str) -> float:
    file = tmp_path / "bench.json"
    assert execute(["bench", "--predict", *options, "--json", str(file)]) == 0
    (run,) = json.loads(file.read_text())["runs"]
    assert run["inferences_per_second"] == pytest.approx(run["clock_hz"] / run["cycles"])
    return float(run["clock_hz"])


def test_built_configuration_runs_at_its_fmax(tmp_path: Path) -> None:
    config = _folder(tmp_path, _report())
    assert _clock(tmp_path, "--config", str(config)) == FMAX_MHZ * 1e6


def test_report_of_another_configuration_does_not_count(tmp_path: Path) -> None:
    config = _folder(tmp_path, _report())
    assert _clock(tmp_path, "--config", str(config), "--set", "clock_hz=50_000_000") == 50_000_000


def test_preset_runs_at_its_configured_clock(tmp_path: Path) -> None:
    assert _clock(tmp_path, "--config", "nano") == PRESETS["nano"].clock_hz


@pytest.mark.parametrize("report", ["", "[]", "{}"])
def test_report_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str], report: str) -> None:
    config = _folder(tmp_path, report)
    assert execute(["bench", "--predict", "--config", str(config)]) == 1
    assert (
        "report.json is not a report of celosia build: build again, or move it away"
        in capsys.readouterr().err
    )
