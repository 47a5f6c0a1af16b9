"""Options that name a board."""

from collections.abc import Callable
from typing import Any

import click


def board_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--board``; the command gets the name as ``board``."""
    return click.option(
        "--board", required=True, metavar="NAME", help="The board. `celosia list` shows the boards."
    )(command)
