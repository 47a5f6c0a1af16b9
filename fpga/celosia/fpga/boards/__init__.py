"""The boards, one file a board or family of boards; others come from the entry points ``celosia.boards``."""

from celosia.fpga.boards.registry import find, known

__all__ = ["find", "known"]
