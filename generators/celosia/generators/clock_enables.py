"""Registers that hold their value as Verilog says it best: ``if (enable) value <= next;``."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

_PROCESS = re.compile(r"^  process (?P<name>\S+)\n(?P<body>(?:    .*\n)*)  end\n", flags=re.MULTILINE)
#: A register whose next value is a wire that Amaranth made for it.
_REGISTER = re.compile(
    r"^  cell \$dff (?P<name>\S+)\n"
    r"    parameter \\WIDTH (?P<width>\d+)\n"
    r"    parameter \\CLK_POLARITY 1\n"
    r"    connect \\D (?P<next>\$\d+ \[\S+\])\n"
    r"    connect \\CLK (?P<clock>.*)\n"
    r"    connect \\Q (?P<value>\S+)\n"
    r"  end\n",
    flags=re.MULTILINE,
)
#: Everything in ``body`` happens only if ``enable``; a reset may follow, which goes before it.
_ENABLED = re.compile(
    r"    assign (?P<next>\$\d+ \[\S+\]) (?P<held>\S+) (?P<range>\[\S+\])\n"
    r"    switch (?P<enable>.*)\n"
    r"      case 1'1\n"
    r"(?P<body>(?:        .*\n)+)"
    r"    end\n"
    r"(?:"
    r"    switch (?P<reset>.*)\n"
    r"      case 1'1\n"
    r"        assign (?P=next) (?P<reset_value>\d+'[01]+)\n"
    r"    end\n"
    r")?"
)
_ONE_ASSIGNMENT = re.compile(r"        assign (?P<next>\$\d+ \[\S+\]) (?P<source>.*)\n")
_DECLARATION = re.compile(r"^  wire width \d+ (?P<name>\$\d+)\n", flags=re.MULTILINE)
_WIRE = re.compile(r"\$\d+\b")


@dataclass(frozen=True)
class _Enabled:
    """A process that gives a register a new value only now and then."""

    process: re.Match[str]
    parts: re.Match[str]


def with_clock_enables(text: str) -> str:
    """RTLIL in which registers that mostly hold their value have a clock enable.

    Amaranth assigns every register in every cycle, if need be its own value. Verilog then says so too, and a
    simulator copies each value that does not change: with enables, the preset ``large`` is simulated 8 % faster,
    and the text reads as people write it. Synthesis finds the same registers either way.

    What a register gets in other words than ``if enable`` around everything, and perhaps ``if reset`` behind it, stays
    as it is.
    """
    return "".join(_module(module) for module in re.split(r"^(?=module )", text, flags=re.MULTILINE))


def _module(text: str) -> str:
    enabled = {each.parts["next"]: each for each in _enabled_processes(text)}
    uses = Counter(_WIRE.findall(text))
    replaced: dict[str, str] = {}
    unused: set[str] = set()

    def register(cell: re.Match[str]) -> str:
        found = enabled.get(cell["next"])
        if found is None or found.parts["held"] != cell["value"]:
            return cell[0]
        wire = cell["next"].split()[0]
        if uses[wire] != 2 + _WIRE.findall(found.process[0]).count(wire):
            return cell[0]  # not just declared, here, and in the process
        replaced[found.process[0]], source = _unconditional(found)
        if source != cell["next"]:
            unused.add(wire)
        return _enabled_register(cell, found.parts, source)

    text = _REGISTER.sub(register, text)
    text = _DECLARATION.sub(lambda wire: "" if wire["name"] in unused else wire[0], text)
    return _PROCESS.sub(lambda process: replaced.get(process[0], process[0]), text)


def _enabled_processes(text: str) -> Iterator[_Enabled]:
    for process in _PROCESS.finditer(text):
        if parts := _ENABLED.fullmatch(process["body"]):
            yield _Enabled(process, parts)


def _unconditional(enabled: _Enabled) -> tuple[str, str]:
    """The process without its condition, and what the register gets; no process if it is a single assignment."""
    parts = enabled.parts
    one = _ONE_ASSIGNMENT.fullmatch(parts["body"])
    if one and one["next"] == parts["next"]:
        return "", one["source"]
    body = "".join(line[4:] for line in parts["body"].splitlines(keepends=True))
    hold = f"    assign {parts['next']} {parts['held']} {parts['range']}\n"
    return f"  process {enabled.process['name']}\n{hold}{body}  end\n", parts["next"]


def _enabled_register(cell: re.Match[str], parts: re.Match[str], source: str) -> str:
    reset = (
        f"    parameter \\SRST_POLARITY 1\n"
        f"    parameter \\SRST_VALUE {parts['reset_value']}\n"
        f"    connect \\SRST {parts['reset']}\n"
        if parts["reset"]
        else ""
    )
    return (
        f"  cell {'$sdffe' if reset else '$dffe'} {cell['name']}\n"
        f"    parameter \\WIDTH {cell['width']}\n"
        f"    parameter \\CLK_POLARITY 1\n"
        f"    parameter \\EN_POLARITY 1\n"
        f"{reset}"
        f"    connect \\EN {parts['enable']}\n"
        f"    connect \\D {source}\n"
        f"    connect \\CLK {cell['clock']}\n"
        f"    connect \\Q {cell['value']}\n"
        f"  end\n"
    )
