"""Options that several subcommands share."""

from collections.abc import Callable
from typing import Any

import click

from celosia.generators.presets import PRESETS, resolve
from celosia.rtl.config import AcceleratorConfig

DEFAULT_CONFIG = "small"


def configuration_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--config`` and ``--set``; the command gets them as ``config`` and ``settings``."""
    names = ", ".join(PRESETS)
    command = click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="FIELD=VALUE",
        help="Change one configuration field; may be repeated. `celosia list` shows the fields.",
    )(command)
    return click.option(
        "--config",
        default=DEFAULT_CONFIG,
        show_default=True,
        metavar="NAME|FILE.toml",
        help=f"A preset ({names}) or a configuration file.",
    )(command)


def configuration(config: str, settings: tuple[str, ...]) -> AcceleratorConfig:
    """The configuration that ``--config`` and ``--set`` name; raises ``ConfigurationError``."""
    return resolve(config, settings)
