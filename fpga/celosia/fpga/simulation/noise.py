"""A bad line."""

import random


class Noise:
    """Damages bytes: each with the same probability, evenly changed to another one, lost, or doubled.

    Parameters
    ----------
    probability : float
        Share of the bytes that are damaged, 0 to 1.
    seed : int
        Of the random numbers.
    """

    def __init__(self, probability: float, seed: int) -> None:
        if not 0 <= probability <= 1:
            raise ValueError(f"probability must be in 0..1, not {probability!r}")
        self._probability = probability
        self._random = random.Random(seed)
        self.damaged = 0
        """Bytes damaged so far."""

    def __call__(self, data: bytes) -> bytes:
        """What arrives of ``data``."""
        if not self._probability:
            return data
        arrived = bytearray()
        for value in data:
            if self._random.random() >= self._probability:
                arrived.append(value)
                continue
            self.damaged += 1
            kind = self._random.randrange(4)
            if kind == 2:
                arrived += bytes((value, value))
            elif kind != 3:
                arrived.append(value ^ self._random.randrange(1, 256))
        return bytes(arrived)
