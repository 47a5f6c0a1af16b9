"""A package imports only from packages above it; nobody owns the namespace."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ORDER = ("golden", "rtl", "generators", "compiler", "runtime", "fpga", "cli")

#: rtl and golden stand beside each other: the hardware must not know its judge.
FORBIDDEN = {"rtl": {"golden"}, "generators": {"golden"}}


def _sources(package: str) -> list[Path]:
    return sorted((ROOT / package / "celosia" / package).rglob("*.py"))


def _imported(path: Path) -> set[str]:
    """Packages of celosia that a file imports, anywhere in it."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the layer"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return {name.split(".")[1] for name in names if name.startswith("celosia.")}


@pytest.mark.parametrize("package", ORDER)
def test_imports_point_upwards(package: str) -> None:
    allowed = set(ORDER[: ORDER.index(package) + 1]) - FORBIDDEN.get(package, set())
    sources = _sources(package)
    assert sources
    for path in sources:
        assert _imported(path) <= allowed, path


def test_nobody_owns_the_namespace() -> None:
    assert not list(ROOT.glob("*/celosia/__init__.py"))


def test_every_folder_of_code_is_a_package() -> None:
    for package in ORDER:
        for folder in {path.parent for path in _sources(package)}:
            assert (folder / "__init__.py").is_file(), folder


def test_installed_code_does_not_import_the_tests() -> None:
    for package in ORDER:
        for path in _sources(package):
            text = path.read_text(encoding="utf-8")
            assert "import sim_tests" not in text, path
            assert "from sim_tests" not in text, path
            assert "from tests" not in text, path
