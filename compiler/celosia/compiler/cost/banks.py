"""Which scratchpad banks a vector read from an address needs."""

from functools import cache, lru_cache

import numpy as np

from celosia.compiler.cost.work import BankMasks
from celosia.rtl.config import AcceleratorConfig


@cache
def bank_masks(banks: int, word_bytes: int, width: int) -> BankMasks:
    """Banks, one bit each, that ``width`` bytes from each address on lie in; repeats every ``banks`` words."""
    address = np.arange(banks * word_bytes)
    bank, offset = address // word_bytes, address % word_bytes
    spills = offset > word_bytes - width
    return ((1 << bank) | (spills << (bank + 1) % banks)).astype(np.uint16)


def banks_read(config: AcceleratorConfig, width: int, base: int, *loops: tuple[int, int]) -> BankMasks:
    """Banks of each read of a loop nest, in the order of the reads.

    ``loops`` are counts and byte steps, the outermost first.
    """
    period = config.scratchpad_banks * config.word_bytes
    steps = tuple((count, step % period) for count, step in loops if count > 1)
    return _banks_read(config.scratchpad_banks, config.word_bytes, width, base % period, steps)


@lru_cache(4096)  # blocks of a layer are alike
def _banks_read(
    banks: int, word_bytes: int, width: int, base: int, loops: tuple[tuple[int, int], ...]
) -> BankMasks:
    masks = bank_masks(banks, word_bytes, width)
    period = len(masks)
    address = np.array([base], np.int32)
    for count, step in loops:
        steps = np.arange(count, dtype=np.int64) * step % period
        address = (address[:, None] + steps.astype(np.int32)).ravel()
    read = masks[address % period]
    read.flags.writeable = False
    return read
