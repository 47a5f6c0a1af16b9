"""Components that a design holds many times: converted once, instantiated everywhere."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from amaranth.hdl import Elaboratable, Fragment, Module
from amaranth.lib import wiring


class ModuleLibrary(ABC):
    """An Amaranth platform that makes one module of all equal components."""

    @abstractmethod
    def instance(
        self, component: type[wiring.Component], parameters: Mapping[str, Any]
    ) -> tuple[Any, Elaboratable]:
        """The ports of a new instance of ``component(**parameters)``, and the instance itself."""


class Unshared(Elaboratable):
    """Elaborates a component without instances of shared modules.

    For what an ``EnableInserter``, ``ResetInserter`` or ``DomainRenamer`` surrounds: these change registers wherever
    they are, but do not reach into instances, which would run on regardless.

    Parameters
    ----------
    component : Elaboratable
        What to elaborate.
    """

    def __init__(self, component: Elaboratable) -> None:
        self._component = component

    @property
    def component(self) -> Elaboratable:
        """What to elaborate."""
        return self._component

    def elaborate(self, platform: object) -> Fragment:
        """Elaborate the component, all of it, on no platform if this one is a library."""
        return Fragment.get(self._component, None if isinstance(platform, ModuleLibrary) else platform)


def add_repeated(
    m: Module, name: str, platform: object, component: type[wiring.Component], **parameters: Any
) -> Any:
    """Add ``component(**parameters)`` to ``m`` as the submodule ``name``, and return what has its ports.

    Amaranth elaborates and converts each component anew; for the 1,024 multipliers of a 32x32 array that takes
    ten seconds, and every tool that reads the Verilog has as much more to read. If the ``platform`` is a
    :class:`ModuleLibrary`, equal components become instances of one module. On any other platform, such as
    Amaranth's own simulator, they are what they always were.

    The component must use no clock domain but ``sync``, and only its ports are accessible afterwards. What an
    inserter surrounds must be :class:`Unshared`.
    """
    if isinstance(platform, ModuleLibrary):
        ports, m.submodules[name] = platform.instance(component, parameters)
        return ports
    m.submodules[name] = unit = component(**parameters)
    return unit
