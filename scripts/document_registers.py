"""Writes the register map into ``docs/soc.md``; a test holds that it is current."""

import re
from pathlib import Path

from celosia.generators.register_map import region_table, register_table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "soc.md"
TABLES = {"registers": register_table, "regions": region_table}


def documented(page: str) -> str:
    """The page with its tables as they should be."""
    for name, table in TABLES.items():
        marks = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
        page, count = re.subn(
            f"{re.escape(marks[0])}.*?{re.escape(marks[1])}",
            marks[0] + table() + marks[1],
            page,
            flags=re.DOTALL,
        )
        if count != 1:
            raise ValueError(f"the page must have one place for {name}, not {count}")
    return page


if __name__ == "__main__":
    PAGE.write_text(documented(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
