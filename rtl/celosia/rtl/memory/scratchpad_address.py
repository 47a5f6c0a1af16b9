"""Which bytes of which banks a scratchpad vector occupies."""

from dataclasses import dataclass
from typing import Self

from amaranth.hdl import Array, Cat, Const, Mux, Value


@dataclass(frozen=True, eq=False)
class BankAddress:
    """A byte address as the banks see it: combinational logic, no state."""

    offset: Value
    """Byte in the word."""
    bank: Value
    """Bank that holds the word; the next word lies in the next bank."""
    row: Value
    """Address of the word in its bank."""
    banks: int
    """Number of banks."""
    word_bytes: int
    """Bytes of a word."""

    @classmethod
    def split(cls, address: Value, *, banks: int, word_bytes: int) -> Self:
        """Take a byte address apart; both sizes are powers of two."""
        bank_lsb = word_bytes.bit_length() - 1
        row_lsb = bank_lsb + banks.bit_length() - 1
        return cls(address[:bank_lsb], address[bank_lsb:row_lsb], address[row_lsb:], banks, word_bytes)

    @property
    def holds_first(self) -> Value:
        """The bank of the vector's first byte, one-hot."""
        return Cat(self.bank == index for index in range(self.banks))

    @property
    def holds_rest(self) -> Value:
        """The bank of the bytes that do not fit the first word, one-hot."""
        return self.holds_first.rotate_left(1)

    @property
    def before_offset(self) -> Value:
        """Byte lanes below ``offset``, one bit each: a vector's bytes in these belong to the next word."""
        masks = [Const((1 << count) - 1, self.word_bytes) for count in range(self.word_bytes)]
        return Array(masks)[self.offset]

    def needs(self, width: int) -> Value:
        """The banks, one bit each, that ``width`` bytes from this address on lie in."""
        spills = self.offset > self.word_bytes - width
        return self.holds_first | self.holds_rest & spills.replicate(self.banks)

    def row_in(self, index: int) -> Value:
        """Row that a vector from this address on occupies in bank ``index``, if it needs that bank.

        Only the step from the last bank to bank 0 changes the row, and a vector that needs bank 0 but does
        not start there comes from the last bank.
        """
        return (self.row + (self.bank != 0))[: len(self.row)] if index == 0 else self.row

    def row_is_below(self, index: int, depth: int) -> Value:
        """Whether ``row_in(index)`` is below ``depth``, without waiting for the sum that it may be."""
        is_below = self.row < depth
        if index:
            return is_below
        return Mux(self.bank != 0, (self.row < depth - 1) | self.row.all(), is_below)
