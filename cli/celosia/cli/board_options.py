"""Options that name a board, and what follows from it."""

from collections.abc import Callable
from typing import Any

import click

from celosia.cli.options import DEFAULT_CONFIG, configuration
from celosia.fpga.boards import find
from celosia.generators.presets import PRESETS, override
from celosia.rtl.bus.baud import DEFAULT_BAUD_RATE
from celosia.rtl.config import AcceleratorConfig


def board_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--board``; the command gets the name as ``board``."""
    return click.option(
        "--board", required=True, metavar="NAME", help="The board. `celosia list` shows the boards."
    )(command)


def target_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--board``, ``--config`` and ``--set`` for commands that need no board; see :func:`choose_configuration`."""
    command = click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="FIELD=VALUE",
        help="Change one configuration field; may be repeated. `celosia list` shows the fields.",
    )(command)
    command = click.option(
        "--config",
        metavar="NAME|FILE.toml",
        help=f"A preset ({', '.join(PRESETS)}) or a configuration file."
        f" [default: the board's own, or {DEFAULT_CONFIG}]",
    )(command)
    return click.option(
        "--board", metavar="NAME", help="Take the configuration that this board gets by default."
    )(command)


def choose_configuration(
    board: str | None, config: str | None, settings: tuple[str, ...]
) -> tuple[str, AcceleratorConfig]:
    """The configuration that ``--board``, ``--config`` and ``--set`` name, and what to call it.

    Raises ``ConfigurationError``, also for a board that does not exist.
    """
    if config is not None:
        return config, configuration(config, settings)
    if board is not None:
        return board, override(find(board).configuration(), settings)
    return DEFAULT_CONFIG, configuration(DEFAULT_CONFIG, settings)


def default_baud_rate(board: str | None) -> int:
    """Bits a second on a board's line, or on one that is not known; raises ``ConfigurationError``."""
    return DEFAULT_BAUD_RATE if board is None else find(board).baud_rate
