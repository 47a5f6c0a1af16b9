"""Options that several subcommands share."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from celosia.cli.errors import InputError
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


def batch_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--batch``; the command gets it as ``batch``."""
    return click.option(
        "--batch",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        help="Inputs to compute at once: they share the loading of weights.",
    )(command)


def configuration(config: str, settings: tuple[str, ...]) -> AcceleratorConfig:
    """The configuration that ``--config`` and ``--set`` name; raises ``ConfigurationError``."""
    return resolve(config, settings)


def check_writable(*files: Path | None) -> None:
    """Refuse files that cannot be written before minutes of simulation, rather than after; None is no file.

    Raises :class:`~celosia.cli.errors.InputError` if a file's folder does not exist or cannot be written to.
    """
    for file in files:
        if file is None:
            continue
        if not file.parent.is_dir():
            raise InputError(f"{file} cannot be written: there is no folder {file.parent}")
        if not os.access(file if file.exists() else file.parent, os.W_OK):
            raise InputError(f"{file} cannot be written: no permission, or a read-only file system")
