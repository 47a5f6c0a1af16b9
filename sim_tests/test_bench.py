"""``celosia bench`` on the RTL: what was measured is what was predicted, and is bit-exact."""

import json
from pathlib import Path

import pytest

from celosia.cli.main import execute


@pytest.mark.parametrize("batch", [1, 3])
def test_measured_equals_predicted(batch: int, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Cycles, causes and bytes of the bundled network, command by command."""
    size = ["--batch", str(batch)]
    measured, predicted = tmp_path / "measured.json", tmp_path / "predicted.json"
    page = tmp_path / "page.html"
    assert execute(["bench", *size, "--json", str(measured), "--html", str(page)]) == 0
    assert "bit-exact" in capsys.readouterr().out
    assert execute(["bench", *size, "--predict", "--json", str(predicted)]) == 0
    (rtl,), (cost,) = (json.loads(file.read_text())["runs"] for file in (measured, predicted))
    assert rtl["source"] == "rtl"
    assert rtl["bit_exact"] is True
    assert rtl["predicted_cycles"] == rtl["cycles"]
    assert rtl["batch"] == batch
    assert rtl["inferences_per_second"] == pytest.approx(batch * rtl["clock_hz"] / rtl["cycles"])
    for key in ("cycles", "engines", "bytes", "layers"):
        assert rtl[key] == cost[key], key
    assert '"mismatches":0' in page.read_text(encoding="utf-8")
