"""What makes a board: its FPGA, its pins, and the accelerator that it gets by default."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from celosia.fpga.families.family import Family
from celosia.rtl.config import AcceleratorConfig, ConfigurationError
from celosia.runtime.simulation import EnvironmentProblem


@dataclass(frozen=True)
class Pin:
    """A pin of a board as ``amaranth-boards`` names it: a resource, its number, and perhaps a signal of it."""

    resource: str
    number: int = 0
    signal: str = ""


@dataclass(frozen=True)
class Board:
    """A board that an accelerator can be built for.

    Attributes
    ----------
    name
        What a user types.
    title
        What it is called.
    platform
        Class of ``amaranth-boards`` (or any Amaranth platform) that knows its pins, as ``module:class``. It
        is imported only to build, so that listing boards needs no tools.
    family
        Family of its FPGA.
    config
        Configuration fields that differ from the default ones, ``clock_hz`` among them.
    leds
        Up to four: running, link activity, error, heartbeat.
    uart
        The serial line to the host: a resource with ``rx`` and ``tx``.
    baud_rate
        Bits a second of that line.
    loader
        Options that tell openFPGALoader the board or its cable.
    crystal
        Where its clock comes in, if that is not the platform's default clock, which may be an oscillator within the
        FPGA.
    resources
        Makes the Amaranth resources that ``platform`` lacks; called with the platform.
    companion
        Makes an elaboratable for what else the board needs, such as switching on a supply.
    serial_note
        Where to find the serial line, if it is not on the board's own USB port.
    """

    name: str
    title: str
    platform: str
    family: Family
    config: Mapping[str, int | str]
    leds: Sequence[Pin]
    loader: Sequence[str]
    uart: Pin = field(default=Pin("uart"))
    baud_rate: int = 1_000_000
    crystal: Pin | None = None
    resources: Callable[[Any], Sequence[Any]] | None = None
    companion: Callable[[], Any] | None = None
    serial_note: str = ""

    def configuration(self) -> AcceleratorConfig:
        """The accelerator that the board gets by default."""
        return AcceleratorConfig.create(self.config)

    def make_platform(self) -> Any:
        """A new Amaranth platform, which can build one design.

        Raises :class:`EnvironmentProblem` if its package is not installed, ``ConfigurationError`` if that has no such
        platform.
        """
        module, _, kind = self.platform.partition(":")
        try:
            make = getattr(import_module(module), kind, None)
        except ModuleNotFoundError as problem:
            raise EnvironmentProblem(
                f"the Python package {problem.name} is missing: install it with `pip install 'celosia[fpga]'`"
            ) from None
        if make is None:
            raise ConfigurationError(
                f"the platform of the board {self.name!r} must be a module and a class of it, as in"
                f" 'amaranth_boards.ulx3s:ULX3S_25F_Platform', not {self.platform!r}"
            )
        platform = make()
        if self.resources is not None:
            platform.add_resources(self.resources(platform))
        return platform
