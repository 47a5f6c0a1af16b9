"""``celosia bench`` on predictions: what it shows and writes, and the page."""

import json
import re
from dataclasses import fields
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from celosia.cli import digits
from celosia.cli.bench_page import awaited_commands
from celosia.cli.main import execute
from celosia.compiler.compile import compile_graph
from celosia.compiler.cost import Account, Traffic
from celosia.compiler.cost.times import CommandTime
from celosia.compiler.tflite_import import import_tflite
from celosia.generators.presets import PRESETS
from celosia.rtl.command import Engine
from celosia.rtl.program_code import ProgramCommand

CAUSES = [field.name for field in fields(Account)]
LEVELS = [field.name for field in fields(Traffic)]


def test_table_and_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Every configuration has a run; an engine's causes add up to the run's cycles, in all and over the layers."""
    file = tmp_path / "bench.json"
    assert execute(["bench", "--predict", "--config", "nano", "--config", "small", "--json", str(file)]) == 0
    shown = capsys.readouterr().out
    content = json.loads(file.read_text())
    assert [run["config"] for run in content["runs"]] == ["nano", "small"]
    assert content["scaling"] == []
    for run in content["runs"]:
        assert f"{run['cycles']:,}" in shown
        assert run["source"] == "predicted"
        assert run["bit_exact"] is None
        assert run["inferences_per_second"] == pytest.approx(run["clock_hz"] / run["cycles"])
        assert run["engines"].keys() >= {"matrix", "vector"}
        for name, engine in run["engines"].items():
            assert list(engine["cycles"]) == CAUSES
            assert sum(engine["cycles"].values()) == pytest.approx(run["cycles"])
            for cause in CAUSES[:-2]:
                layers = sum(layer["engines"][name][cause] for layer in run["layers"])
                assert layers == pytest.approx(engine["cycles"][cause])
            busy = sum(engine["cycles"][cause] for cause in CAUSES[:3])
            assert engine["share_busy"] == pytest.approx(busy / run["cycles"])
        for level in LEVELS:
            assert run["bytes"][level] == sum(layer["bytes"][level] for layer in run["layers"])
        assert sum(layer["cycles"] or 0 for layer in run["layers"]) == run["cycles"] - 1
        assert all(0 <= (layer["utilization"] or 0) <= 1 for layer in run["layers"])


def test_bytes_moved(tmp_path: Path) -> None:
    """The last layer, 64 inputs and 10 outputs, worked out by hand for an array of 8 x 8 and 4 lanes."""
    file = tmp_path / "bench.json"
    assert execute(["bench", "--predict", "--json", str(file)]) == 0
    layer = next(
        layer for layer in json.loads(file.read_text())["runs"][0]["layers"] if layer["name"] == "logits"
    )
    chunks, tiles = 2, 8
    assert layer["bytes"] == {
        "scratchpad_read": chunks * tiles * 8,
        "scratchpad_written": 10,
        "weights_read": chunks * tiles * 64,
        "parameters_read": sum(
            4 * groups * 69 // 8 for groups in (2, 1)
        ),  # 5 + 5 outputs or 8 + 2: 3 or 4 words
        "accumulators_read": chunks * (tiles - 1) * 32 + 3 * 32,
        "accumulators_written": chunks * tiles * 32,
    }


def test_scaling(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """All presets, each of which needs fewer cycles than an array of half its columns."""
    file = tmp_path / "bench.json"
    assert execute(["bench", "--predict", "--scaling", "--json", str(file)]) == 0
    study = json.loads(file.read_text())["scaling"]
    assert [run["config"] for run in study] == ["nano", "small", "medium", "large", "xlarge"]
    cycles = {run["config"]: run["cycles"] for run in study}
    assert cycles["nano"] > cycles["small"] > cycles["large"] > cycles["xlarge"]
    assert "32x32" in capsys.readouterr().out


class Page(HTMLParser):
    """What a page holds: attributes by tag, and the text of its data element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: dict[str, str] = {}
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag's attributes."""
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._inside = dict(attrs).get("id") or tag

    def handle_endtag(self, tag: str) -> None:
        """Text after an element is nobody's."""
        self._inside = ""

    def handle_data(self, data: str) -> None:
        """Keep an element's text."""
        self.texts[self._inside] = self.texts.get(self._inside, "") + data


@pytest.fixture(scope="module")
def page_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("page")
    file, model = folder / "page.html", folder / "a&$x<!--<script>.tflite"
    model.write_bytes(digits.model_path().read_bytes())
    assert execute(["bench", "--predict", str(model), "--html", str(file)]) == 0
    return file.read_text(encoding="utf-8")


def test_page_is_self_contained(page_text: str) -> None:
    """Nothing is loaded, whatever a network is called."""
    page = Page(page_text)
    assert not [entry for entry in page.attributes if entry[1] in ("src", "href", "srcset", "action")]
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|import\(", page_text)
    assert "<" not in page.texts["data"]  # browsers take "<!--<script>" in a script's text for more than text
    addresses = set(re.findall(r"https?://[^\"'` )]+", page_text))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # the name of SVG, which nobody loads


def test_page_holds_the_run(page_text: str) -> None:
    """The data can be read back, commands are those of the program, and accounts add up."""
    content: dict[str, Any] = json.loads(Page(page_text).texts["data"])
    (run,) = content["runs"]
    assert run["model"] == "a&$x<!--<script>"
    assert content["causes"] == CAUSES
    assert content["levels"] == LEVELS
    assert len(content["scaling"]) == 5
    program = compile_graph(import_tflite(digits.model_path()), PRESETS["small"])
    assert {len(column) for column in run["commands"].values()} == {len(program.command_layers)}
    for index, engine in enumerate(run["engines"]):
        commands = [at for at, owner in enumerate(run["commands"]["engine"]) if owner == index]
        ends = [run["commands"]["end"][at] for at in commands]
        assert ends == sorted(ends)
        for at in commands:
            other = run["commands"]["awaited"][at]
            waited = run["commands"]["dependency"][at]
            assert (other >= 0) == (waited > 0)
            if waited:  # MATRIX issues two cycles after the wait is over, VECTOR one
                assert run["commands"]["start"][at] - run["commands"]["retired"][other] in (2, 3)
        shares = sum(sum(layer["accounts"][engine]) for layer in run["layers"]) + sum(run["after"][engine])
        assert shares == pytest.approx(run["cycles"], abs=len(run["layers"]))


def test_a_command_waits_for_the_last_to_retire() -> None:
    """Of several that it waits for; and for none that it need not have waited for."""

    def command(engine: Engine, **waits: int) -> ProgramCommand:
        return ProgramCommand(engine, {}, {each: waits.get(each.name.lower(), 0) for each in Engine})

    def time(engine: Engine, retired: int, dependency: int) -> CommandTime:
        return CommandTime(
            engine,
            start=0,
            end=0,
            retired=retired,
            busy=0,
            empty=0,
            dependency=dependency,
            operands=0,
            reload=0,
            bank=0,
        )

    program = [
        command(Engine.MATRIX),
        command(Engine.VECTOR),
        command(Engine.MATRIX, matrix=1, vector=1),
        command(Engine.VECTOR, matrix=1, vector=1),
        command(Engine.VECTOR, matrix=2, vector=1),
    ]
    engines = [each.engine for each in program]
    for retired, expected in (
        ((20, 10, 30, 40, 50), [-1, -1, 0, -1, 2]),
        ((10, 40, 30, 50, 60), [-1, -1, 1, -1, 1]),
    ):
        times = [
            time(engine, end, dependency)
            for engine, end, dependency in zip(engines, retired, (0, 0, 5, 0, 5), strict=True)
        ]
        assert awaited_commands(program, times) == expected


def test_page_knows_every_cause_and_level() -> None:
    """What Python adds, script and style must show."""
    folder = resources.files("celosia.cli.page")
    script, style = (folder.joinpath(name).read_text(encoding="utf-8") for name in ("base.js", "page.css"))
    for cause in CAUSES:
        assert f"  {cause}: [" in script
        assert style.count(f"--{cause}:") == 2
    for level in LEVELS:
        assert f"{level}: " in script


def test_interruption_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("celosia.cli.bench.measured_run", interrupted)
    assert (
        execute(["bench", "--json", str(tmp_path / "bench.json"), "--html", str(tmp_path / "page.html")])
        == 130
    )
    assert not list(tmp_path.iterdir())


def test_faults_leave_nothing_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A model or folder that is not there, and a network that does not fit, end the command before it writes."""
    file = tmp_path / "bench.json"
    assert execute(["bench", "--predict", "absent.tflite", "--json", str(file)]) == 1
    assert "absent.tflite" in capsys.readouterr().err
    assert execute(["bench", "--predict", "--set", "weight_bytes=512", "--json", str(file)]) == 1
    assert "weights needs" in capsys.readouterr().err
    assert execute(["bench", "--html", str(tmp_path / "absent" / "page.html")]) == 1
    assert "there is no folder" in capsys.readouterr().err
    assert not file.exists()
