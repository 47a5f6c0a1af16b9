"""Every board by name: the project's own, and those of installed packages."""

import difflib
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from celosia.fpga.board import Board
from celosia.rtl.config import ConfigurationError

#: Entry points of this group name a board or a sequence of boards, as ``name = "module:attribute"``.
GROUP = "celosia.boards"

#: The files of this folder; each has a tuple ``BOARDS``.
MODULES = (
    "ulx3s",
    "ecpix5",
    "orangecrab",
    "icepi_zero",
    "butterstick",
    "icebreaker",
    "tang_nano_9k",
    "tang_primer_20k",
)


class BoardError(ConfigurationError):
    """A board that does not exist or cannot be loaded."""


@cache
def known() -> Mapping[str, Board]:
    """All boards by name, the project's own first; raises :class:`BoardError` for a faulty entry point."""
    boards = {}
    for module in MODULES:
        for board in import_module(f"celosia.fpga.boards.{module}").BOARDS:
            boards[board.name] = board
    for entry in entry_points(group=GROUP):
        try:
            loaded = entry.load()
        except (ImportError, AttributeError) as problem:
            raise BoardError(
                f"the board {entry.name!r}, which the installed package"
                f" {entry.dist.name if entry.dist else '?'!r} brings, cannot be loaded: {problem}"
            ) from problem
        for board in [loaded] if isinstance(loaded, Board) else loaded:
            boards[board.name] = board
    return boards


def find(name: str) -> Board:
    """The board called ``name``; :class:`BoardError` lists the names if there is none."""
    boards = known()
    if name not in boards:
        close = difflib.get_close_matches(name, boards, n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise BoardError(f"there is no board {name!r}; {hint}the boards are {', '.join(boards)}")
    return boards[name]
