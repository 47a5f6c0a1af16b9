"""Builds without the real tools."""

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from celosia.compiler.compiled import CompiledModel
from celosia.fpga.board import Board
from celosia.fpga.boards import find
from celosia.fpga.design import Design, prepare
from celosia.fpga.tools import PROGRAMS
from celosia.rtl.config import AcceleratorConfig

FAKE = Path(__file__).parent / "fake_tools.py"


class FakeTools:
    """Which stand-ins ran."""

    def __init__(self, log: Path) -> None:
        self._log = log

    @property
    def runs(self) -> Sequence[str]:
        """Names of the tools in the order they ran."""
        if not self._log.exists():
            return []
        return [line.split()[0] for line in self._log.read_text(encoding="utf-8").splitlines()]


@cache
def prepared(board: str, config: AcceleratorConfig) -> Design:
    """The hardware, generated once for all tests."""
    return prepare(find(board), config)


def prepare_once(board: Board, config: AcceleratorConfig, embedded: CompiledModel | None) -> Design:
    """As ``prepare`` does it, but only once where no network is embedded."""
    return prepared(board.name, config) if embedded is None else prepare(board, config, embedded)


@pytest.fixture
def fake_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTools:
    """Every tool is a stand-in, and the cache is empty."""
    for name, program in PROGRAMS.items():
        monkeypatch.setenv(program.variable, f"{sys.executable} {FAKE} {name}")
    monkeypatch.setattr("celosia.fpga.build.prepare", prepare_once)
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("FAKE_MHZ", "1:101.5")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return FakeTools(tmp_path / "log")
