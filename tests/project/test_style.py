"""Lint, format, types, and what no linter checks."""

import ast
import subprocess
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (
    "golden",
    "rtl",
    "generators",
    "compiler",
    "runtime",
    "fpga",
    "cli",
    "sim_tests",
    "tests",
    "scripts",
)
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


def _comments(path: Path) -> list[str]:
    with path.open("rb") as file:
        return [token.string for token in tokenize.tokenize(file.readline) if token.type == tokenize.COMMENT]


def test_every_file_says_what_it_holds() -> None:
    for path in SOURCES:
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        assert docstring, path
        assert "placeholder" not in docstring.lower(), path


def test_nothing_is_left_to_do() -> None:
    for path in SOURCES:
        assert not [comment for comment in _comments(path) if "TODO" in comment or "FIXME" in comment], path


def test_linters_are_not_silenced() -> None:
    """Exceptions stand in pyproject.toml with a reason; tests may hand over a wrong type on purpose."""
    for path in SOURCES:
        is_test = path.relative_to(ROOT).parts[0] in ("tests", "sim_tests")
        for comment in _comments(path):
            assert "noqa" not in comment, path
            assert "type: ignore" not in comment or (is_test and "type: ignore[" in comment), path


def test_users_are_not_checked_by_assertions() -> None:
    """They vanish under ``python -O``."""
    for path in SOURCES:
        if path.relative_to(ROOT).parts[0] not in ("tests", "sim_tests"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)], path


def test_annotations_of_components_are_objects() -> None:
    """Amaranth reads them."""
    for path in SOURCES:
        modules = {
            node.module or ""
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
        }
        has_hardware = any(module.partition(".")[0] == "amaranth" for module in modules)
        assert not (has_hardware and "__future__" in modules), path


def test_inserters_reach_all_registers() -> None:
    """They do not reach into shared modules, so what they surround must have none."""
    inserters = ("EnableInserter", "ResetInserter", "DomainRenamer")
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Call)
                and getattr(node.func.func, "id", "") in inserters
            ):
                (inner,) = node.args
                assert isinstance(inner, ast.Call), path
                assert getattr(inner.func, "id", "") == "Unshared", path
