"""The page about units says what the code says."""

import re
from pathlib import Path

import pytest

from celosia.generators.registry import UNITS
from celosia.generators.unit_page import units_page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "units.md"


@pytest.fixture(scope="module")
def page() -> str:
    return units_page()


def test_page_is_up_to_date(page: str) -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page, "run: python -m celosia.generators.unit_page > docs/units.md"


@pytest.mark.parametrize("name", UNITS)
def test_every_parameter_and_port_is_explained(name: str, page: str) -> None:
    section = re.split(r"^## ", page, flags=re.MULTILINE)[1 + list(UNITS).index(name)]
    assert section.startswith(f"{name}\n")
    assert "| port | direction | bits |" in section
    for parameter in UNITS[name].parameters:
        row = re.search(rf"^\| `{parameter}` \|.*\| (.*) \|$", section, re.MULTILINE)
        assert row is not None, parameter
        assert row[1].strip(), f"{parameter} is not explained in the docstring"
