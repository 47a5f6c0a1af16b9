"""One module for all equal components of a design."""

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from amaranth.back import rtlil
from amaranth.hdl import ClockSignal, Elaboratable, Instance, ResetSignal, Shape, ShapeCastable, Signal
from amaranth.lib import wiring

from celosia.rtl.repeated import ModuleLibrary


class RtlilLibrary(ModuleLibrary):
    """Converts each repeated component to RTLIL, the first time that it is asked for.

    Modules are named after their component's class, with a number if there are several with other parameters,
    in the order of their first use; so the text is the same every time.

    Parameters
    ----------
    prefix : str
        What the names of the modules begin with, so that several designs can be read together.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._modules: dict[tuple[type[wiring.Component], str], tuple[str, wiring.Signature, list[str]]] = {}
        self._texts: list[str] = []

    @property
    def prefix(self) -> str:
        """What the names of the modules begin with."""
        return self._prefix

    @property
    def texts(self) -> tuple[str, ...]:
        """RTLIL of the modules converted so far, those first that others contain."""
        return tuple(self._texts)

    def instance(
        self, component: type[wiring.Component], parameters: Mapping[str, Any]
    ) -> tuple[Any, Elaboratable]:
        """See :meth:`ModuleLibrary.instance`. Two components are equal if their class and parameters are."""
        key = (component, repr(sorted(parameters.items())))
        if key not in self._modules:
            name = self._new_name(component)
            unit = component(**parameters)
            text = rtlil.convert(unit, name=name, platform=self, emit_src=False)
            self._texts.append(text)
            self._modules[key] = (name, unit.signature, _clock_ports(text, name))
        name, signature, clocks = self._modules[key]
        domain = {"clk": ClockSignal(), "rst": ResetSignal()}
        connections: dict[str, Any] = {f"i_{port}": domain[port] for port in clocks}
        ports = SimpleNamespace()
        for member_name, member in signature.members.items():
            # Amaranth names every field of a signal that knows its format: thousands of wires for an array.
            signal = Signal(Shape.cast(member.shape), name=member_name)
            direction = "i" if member.flow is wiring.In else "o"
            connections[f"{direction}_{member_name}"] = signal
            castable = isinstance(member.shape, ShapeCastable)
            setattr(ports, member_name, member.shape(signal) if castable else signal)
        return ports, Instance(name, **connections)

    def _new_name(self, component: type[wiring.Component]) -> str:
        others = sum(other is component for other, _ in self._modules)
        words = re.sub(r"(?<!^)(?=[A-Z])", "_", component.__name__).lower()
        return f"{self._prefix}_{words}{f'_{others + 1}' if others else ''}"


def _clock_ports(text: str, module: str) -> list[str]:
    """Which of ``clk`` and ``rst`` a converted module has: neither without registers."""
    found = re.search(rf"^module \\{re.escape(module)}\n(.*?)^end$", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"module {module!r} is missing from its own conversion")
    return [
        port
        for port in ("clk", "rst")
        if re.search(rf"^  wire .*input \d+ +\\{port}$", found[1], re.MULTILINE)
    ]
