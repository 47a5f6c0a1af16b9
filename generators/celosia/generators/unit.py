"""What a generator of one unit is, and how its settings are written."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Shape
from amaranth.lib import wiring

from celosia.generators.presets import PRESETS
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.mac.operand import Bipolar


class UnitError(ValueError):
    """A unit or a setting that does not exist or cannot be built; one line for each fault."""


@dataclass(frozen=True)
class Parameter:
    """One setting of a unit."""

    default: str
    """Its value in the ``small`` preset, as a user writes it."""
    kind: str
    """What may be written: an integer, a shape such as ``s8`` or ``u4``, ..."""


@dataclass(frozen=True)
class Unit:
    """A generator: a component class, and how a configuration sizes it.

    ``component`` is ``module:class`` and imported only to build the unit, so that listing is instant.
    ``sizes`` gives the parameters that the unit has in an accelerator of some configuration, ``assemble``
    makes the component from the class and the parameters.
    """

    name: str
    description: str
    component: str
    sizes: Callable[[AcceleratorConfig], dict[str, Any]]
    assemble: Callable[[Any, dict[str, Any]], wiring.Component] = lambda kind, values: kind(**values)

    @property
    def module(self) -> str:
        """Name of its Verilog module."""
        return self.name

    @property
    def parameters(self) -> dict[str, Parameter]:
        """Its settings by name."""
        return {
            name: Parameter(default=written(value), kind=kind_of(value))
            for name, value in self.sizes(PRESETS["small"]).items()
        }


def kind_of(value: Any) -> str:
    """What may be written in place of ``value``."""
    match value:
        case bool():
            return "true or false"
        case enum.StrEnum():
            return f"one of {', '.join(type(value))}"
        case enum.Enum():
            return f"one of {', '.join(member.name for member in type(value))}"
        case int():
            return "an integer"
        case str():
            return "names with commas between them"
        case tuple():
            return "integers with commas between them"
        case _:
            return "a shape such as s8 (signed, 8 bits), u4, or b1 (a bit that means -1 or +1)"


def written(value: Any) -> str:
    """``value`` as a user writes it."""
    match value:
        case bool():
            return str(value).lower()
        case enum.StrEnum():
            return value.value
        case enum.Enum():
            return value.name
        case int():
            return str(value)
        case str():
            return value
        case tuple():
            return ",".join(str(part) for part in value)
        case type():
            return "b1"
        case _:
            return f"{'s' if value.signed else 'u'}{value.width}"


def read(present: Any, text: str) -> Any:
    """The value that ``text`` stands for, of the same kind as the ``present`` one.

    Raises ``KeyError`` or ``ValueError`` if it stands for none.
    """
    match present:
        case bool():
            return {"true": True, "false": False}[text.lower()]
        case enum.StrEnum():
            return type(present)(text.lower())
        case enum.Enum():
            return type(present)[text.upper()]
        case int():
            return int(text, 0)
        case str():
            return text
        case tuple():
            return tuple(int(part, 0) for part in text.split(","))
        case _ if text == "b1":
            return Bipolar
        case _:
            return Shape(int(text[1:]), {"s": True, "u": False}[text[:1]])
