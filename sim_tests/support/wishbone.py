"""A Wishbone master for the cocotb side of a bench."""

from typing import Any

import numpy as np
from cocotb.triggers import ReadOnly, RisingEdge


class WishboneMaster:
    """Classic cycles, with random pauses between them, sometimes within a held ``cyc``."""

    def __init__(self, dut: Any, generator: np.random.Generator, *, bus_bytes: int) -> None:
        self._dut = dut
        self._generator = generator
        self._step = bus_bytes

    async def access(self, address: int, data: bytes | None, enabled: list[bool]) -> tuple[bool, bytes]:
        """One bus word to write, or to read; whether it was done, and what was read."""
        dut = self._dut
        while self._generator.random() < 0.3:
            await RisingEdge(dut.clk)
        dut.bus__cyc.value = 1
        while self._generator.random() < 0.2:
            await RisingEdge(dut.clk)
        dut.bus__stb.value = 1
        dut.bus__we.value = int(data is not None)
        dut.bus__adr.value = address // self._step
        dut.bus__sel.value = sum(bit << index for index, bit in enumerate(enabled))
        dut.bus__dat_w.value = int.from_bytes(data or b"", "little")
        while True:
            await ReadOnly()
            done, failed = int(dut.bus__ack.value), int(dut.bus__err.value)
            word = int(dut.bus__dat_r.value).to_bytes(self._step, "little")
            await RisingEdge(dut.clk)
            if done or failed:
                dut.bus__stb.value = 0
                dut.bus__cyc.value = int(self._generator.random() < 0.5)
                assert not (done and failed)
                return bool(done), word

    async def write(self, address: int, data: bytes) -> bool:
        """Any bytes anywhere; whether all were written."""
        begin = address // self._step * self._step
        end = -(-(address + len(data)) // self._step) * self._step
        padded = bytes(address - begin) + data + bytes(end - address - len(data))
        done = True
        for at in range(begin, end, self._step):
            enabled = [address <= at + index < address + len(data) for index in range(self._step)]
            done &= (await self.access(at, padded[at - begin : at - begin + self._step], enabled))[0]
        return done

    async def read(self, address: int, size: int) -> tuple[bool, bytes]:
        """Any bytes from anywhere; whether all could be read."""
        begin = address // self._step * self._step
        done, found = True, b""
        for at in range(begin, address + size, self._step):
            fine, word = await self.access(at, None, [True] * self._step)
            done &= fine
            found += word
        return done, found[address - begin : address - begin + size]
