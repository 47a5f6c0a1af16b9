"""Cutting a range into pieces of nearly equal size."""

from collections.abc import Iterator


def even_pieces(count: int, largest: int) -> Iterator[tuple[int, int]]:
    """First index and size of as few pieces of at most ``largest`` as possible, of nearly equal size."""
    pieces = -(-count // largest)
    for piece in range(pieces):
        first, end = count * piece // pieces, count * (piece + 1) // pieces
        yield first, end - first
