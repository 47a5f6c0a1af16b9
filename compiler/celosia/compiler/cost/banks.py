"""Which scratchpad banks a vector read from an address needs."""

from functools import cache

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
    masks = bank_masks(config.scratchpad_banks, config.word_bytes, width)
    period = len(masks)
    address = np.array([base % period], np.int32)
    for count, step in loops:
        if count > 1:
            steps = np.arange(count, dtype=np.int64) * (step % period) % period
            address = (address[:, None] + steps.astype(np.int32)).ravel()
    return masks[address % period]
