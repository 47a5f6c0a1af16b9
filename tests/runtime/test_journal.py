"""What was written is all there is, whatever the order and overlap."""

import itertools

import numpy as np

from celosia.runtime.serial.journal import Journal


def test_random_writes(rng: np.random.Generator) -> None:
    for _ in range(100):
        journal = Journal()
        memory: dict[int, int] = {}
        for _ in range(int(rng.integers(1, 40))):
            address, size = int(rng.integers(0, 300)), int(rng.integers(1, 40))
            data = rng.bytes(size)
            journal.wrote(address, data)
            memory |= dict(enumerate(data, address))
        kept = journal.contents()
        assert {at + index: value for at, data in kept for index, value in enumerate(data)} == memory
        for (address, data), (after, _) in itertools.pairwise(kept):
            assert address + len(data) < after


def test_starts() -> None:
    journal = Journal()
    journal.wrote(0, b"1")
    assert list(journal.starts) == []
    journal.started(3)
    journal.started(0)
    assert list(journal.starts) == [3, 0]
    journal.ended()
    assert list(journal.starts) == [3, 0]
    journal.wrote(0, b"2")
    assert list(journal.starts) == []
    journal.started(1)
    assert journal.is_in_order
    journal.wrote(0, b"3")
    assert not journal.is_in_order
    journal.ended()
    journal.started(0)
    assert journal.is_in_order
    assert list(journal.starts) == [0]
