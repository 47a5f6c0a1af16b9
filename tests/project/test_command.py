"""What follows from a configuration for its commands."""

import pytest

from celosia.rtl.command import PROGRAM_WORD_BITS, TIMELINE_BITS, engines_of, record_words, timeline_bits
from celosia.rtl.config import AcceleratorConfig


@pytest.mark.parametrize("taps", [0, 9])
@pytest.mark.parametrize("program_bytes", [256, 448, 4096, 7168, 1 << 18, 1 << 24])
def test_timeline_counts_all_that_a_program_holds(program_bytes: int, taps: int) -> None:
    config = AcceleratorConfig(program_bytes=program_bytes, depthwise_taps=taps)
    words = 8 * program_bytes // PROGRAM_WORD_BITS
    commands = words // min(record_words(engine.opcode) for engine in engines_of(config))
    counted = (1 << timeline_bits(config)) - 1
    assert min(commands, (1 << TIMELINE_BITS) - 1) <= counted < max(2, 2 * commands)
