"""Which scratchpad banks a read really needs."""

from typing import Any

from celosia.rtl.config import AcceleratorConfig


def check_needs(port: Any, address: int, width: int, config: AcceleratorConfig) -> None:
    """Check what a reader says of the banks that ``width`` bytes from ``address`` on lie in."""
    words = {(address + index) // config.word_bytes for index in range(width)}
    banks = sum(1 << bank for bank in {word % config.scratchpad_banks for word in words})
    assert int(port.value) == banks, (
        f"a read at {address} asks for banks {int(port.value):#b}, not {banks:#b}"
    )
