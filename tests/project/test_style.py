"""Lint, format, types, and what no linter checks."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("golden", "rtl", "generators", "compiler", "runtime", "cli", "sim_tests", "tests", "scripts")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def _run(*command: str) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_lint() -> None:
    _run("ruff", "check", "--no-cache", *FOLDERS)


def test_format() -> None:
    _run("ruff", "format", "--check", "--no-cache", *FOLDERS)


def test_types() -> None:
    _run("mypy")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file(path: Path) -> None:
    """Docstrings that say something, no assertions on the user's input, no annotations as strings."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    docstring = ast.get_docstring(tree)
    assert docstring, "a file says in its first line what it holds"
    assert "placeholder" not in docstring.lower()
    assert "TODO" not in text.replace('"TODO"', "")
    assert "from __future__ import annotations" not in text.replace(
        '"from __future__ import annotations"', ""
    )
    assert "type: ignore" not in text.replace('"type: ignore"', "")
    assert "noqa" not in text.replace('"noqa"', "")
    if path.relative_to(ROOT).parts[0] not in ("sim_tests", "tests"):
        assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]
