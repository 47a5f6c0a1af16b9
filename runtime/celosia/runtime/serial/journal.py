"""What a host has put into a board, so that it can be put there again."""

from bisect import bisect_left, bisect_right


class Journal:
    """The bytes that were written, and the starts of the present program.

    Bytes written twice count once; neighbouring ones are kept together.
    """

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._addresses: list[int] = []
        self._contents: list[bytearray] = []
        self._ended = True
        self._is_in_order = True

    @property
    def is_in_order(self) -> bool:
        """Whether writing everything and then starting as before leads to the same state."""
        return self._is_in_order

    @property
    def starts(self) -> tuple[int, ...]:
        """Commands of each start since the program last began; empty once something has been written after its end."""
        return tuple(self._starts)

    def contents(self) -> list[tuple[int, bytes]]:
        """Address and bytes of everything written, in order of addresses."""
        return [(at, bytes(data)) for at, data in zip(self._addresses, self._contents, strict=True)]

    def wrote(self, address: int, data: bytes) -> None:
        """Note that ``data`` was written."""
        if self._ended:
            self._starts.clear()
            self._is_in_order = True
        elif self._starts:
            self._is_in_order = False
        self._merge(address, data)

    def started(self, commands: int) -> None:
        """Note a start."""
        if self._ended:
            self._starts.clear()
            self._is_in_order = True
        self._ended = False
        self._starts.append(commands)

    def ended(self) -> None:
        """Note that the program has reached its end, so that the next start is from the beginning."""
        self._ended = True

    def _merge(self, address: int, data: bytes) -> None:
        """Keep ``data``, joined with all kept bytes that it overlaps or touches."""
        first = bisect_left(self._addresses, address)
        if first and self._addresses[first - 1] + len(self._contents[first - 1]) >= address:
            first -= 1
        last = bisect_right(self._addresses, address + len(data))
        begin = min([address, *self._addresses[first:last]])
        ends = [
            at + len(old)
            for at, old in zip(self._addresses[first:last], self._contents[first:last], strict=True)
        ]
        if last == first + 1 and begin == self._addresses[first] and max(ends) >= address + len(data):
            # Within one that is there: by far the most frequent case, an input.
            self._contents[first][address - begin : address - begin + len(data)] = data
            return
        joined = bytearray(max([address + len(data), *ends]) - begin)
        for at, old in zip(self._addresses[first:last], self._contents[first:last], strict=True):
            joined[at - begin : at - begin + len(old)] = old
        joined[address - begin : address - begin + len(data)] = data
        self._addresses[first:last] = [begin]
        self._contents[first:last] = [joined]
