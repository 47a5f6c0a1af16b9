"""The page ``docs/units.md``: the contract of every unit, from the code itself.

``python -m celosia.generators.unit_page > docs/units.md`` writes it.
"""

import inspect
import re
import sys
from importlib import import_module
from itertools import pairwise

from amaranth.hdl import Shape
from amaranth.lib import wiring

from celosia.generators.registry import UNITS, build_unit, unit_latency
from celosia.generators.unit import Unit
from celosia.rtl.config import AcceleratorConfig

INTRODUCTION = """# Units

Every unit that `celosia generate UNIT --set NAME=VALUE` writes as Verilog: what it does, its parameters (defaults are
those of the `small` preset) and its ports. This page is written by `python -m celosia.generators.unit_page` from the
code; a test keeps it so. A port is named after its stream or member and its part, joined by two underscores; a payload
holds its fields from the lowest bit up, in the order given, an array its first element lowest. Every transfer of a
stream happens in a cycle with `valid` and `ready`.
"""


def units_page() -> str:
    """The whole page."""
    index = "\n".join(f"- [{name}](#{name}): {unit.description}" for name, unit in UNITS.items())
    return "\n".join([INTRODUCTION, index, "", *(_section(unit) for unit in UNITS.values())])


def _section(unit: Unit) -> str:
    component = build_unit(unit.name)
    module, _, kind = unit.component.partition(":")
    documentation = _sections(inspect.getdoc(getattr(import_module(module), kind)) or "")
    parts = [
        f"## {unit.name}",
        f"`{kind}` in `{module.replace('.', '/')}.py`.",
        _markdown(documentation[""]),
        _latency(component),
        _parameters(unit, _entries(documentation.get("Parameters", ""))),
        _members(_entries(documentation.get("Members", ""))),
        _ports(component),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _latency(component: wiring.Component) -> str:
    cycles = unit_latency(component)
    if cycles is None:
        return ""
    kind = getattr(type(component), "latency", None)
    meaning = kind.__doc__ if isinstance(kind, property) else None
    return f"Latency with these defaults: {cycles}. {_markdown(meaning or '')}".strip()


def _sections(text: str) -> dict[str, str]:
    """The sections of a docstring by heading; what comes first has the heading ``""``."""
    marks = [(0, 0, "")]
    marks += [(m.start(), m.end(), m[1]) for m in re.finditer(r"^(\w+)\n-+\n", text, re.MULTILINE)]
    marks.append((len(text), len(text), "end"))
    return {heading: text[end:start].strip() for (_, end, heading), (start, _, _) in pairwise(marks)}


def _entries(text: str) -> dict[str, str]:
    """What a section says about each name."""
    found: dict[str, str] = {}
    for heading, body in re.findall(r"^(\S.*)\n((?:(?:    .*)?\n?)*)", text, re.MULTILINE):
        names = heading.partition(" : ")[0]
        found[names] = _markdown(" ".join(line.strip() for line in body.splitlines()).strip())
    return found


def _parameters(unit: Unit, entries: dict[str, str]) -> str:
    meanings = {name: meaning for names, meaning in entries.items() for name in names.split(", ")}
    fields = {name: field.description or "" for name, field in AcceleratorConfig.model_fields.items()}
    rows = [
        f"| `{name}` | {parameter.default} | {parameter.kind} | {meanings.get(name) or fields.get(name, '')} |"
        for name, parameter in unit.parameters.items()
    ]
    if not rows:
        return ""
    return "\n".join(["| parameter | default | values | meaning |", "|---|---|---|---|", *rows])


def _members(entries: dict[str, str]) -> str:
    return "\n".join(f"- `{name}`: {meaning}" for name, meaning in entries.items())


def _ports(component: wiring.Component) -> str:
    rows = []
    for path, member, value in component.signature.flatten(component):
        name = "__".join(str(part) for part in path)
        width = Shape.cast(value.shape()).width
        rows.append(f"| `{name}` | {'in' if member.flow is wiring.In else 'out'} | {width} |")
    return "\n".join(["| port | direction | bits |", "|---|---|---|", *rows])


def _markdown(text: str) -> str:
    """Cross references and literals of a docstring as Markdown has them."""
    text = re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"`\1`", text)
    return text.replace("``", "`").replace("|", "\\|")


def main() -> None:
    """Write the page to standard output."""
    sys.stdout.write(units_page())


if __name__ == "__main__":
    main()
