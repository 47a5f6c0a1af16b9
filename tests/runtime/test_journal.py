"""What was written is all there is, whatever the order and overlap."""

import itertools
import os
import secrets

import numpy as np

from celosia.runtime.serial.journal import Journal


def test_random_writes() -> None:
    seed = int(os.environ.get("CELOSIA_SEED") or secrets.randbits(31))
    print(f"CELOSIA_SEED={seed}")
    generator = np.random.default_rng(seed)
    for _ in range(100):
        journal = Journal()
        memory: dict[int, int] = {}
        for _ in range(int(generator.integers(1, 40))):
            address, size = int(generator.integers(0, 300)), int(generator.integers(1, 40))
            data = generator.bytes(size)
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
