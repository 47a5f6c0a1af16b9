"""Packets over the line of a serial link, against memories kept here."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, ReadOnly, RisingEdge

from celosia.rtl.bus.address_map import Region, Register
from celosia.rtl.bus.packet import (
    DATA_BYTES,
    ESCAPE,
    FLAG,
    LINK_VERSION,
    STATUS,
    Answer,
    Deframer,
    Operation,
    Request,
    Response,
    encode,
)
from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage
from sim_tests.support.line import receive_bytes, send_bytes

#: Cycles without an answer after which none is coming: a packet each way, escaped throughout, and then some.
PATIENCE_BYTES = 1600

MEMORIES = (Region.PROGRAM, Region.WEIGHTS, Region.PARAMETERS, Region.SCRATCHPAD)


class Board:
    """The line's host end, and a dictionary behind the host port."""

    def __init__(self, dut: Any) -> None:
        given = parameters()
        self.dut = dut
        self.generator = random_generator()
        self.bus_bytes: int = given["bus_bytes"]
        self.bit_cycles: float = given["bit_cycles"]
        self.byte_cycles = int(10 * self.bit_cycles)
        self.sizes = {Region(int(region)): size for region, size in given["sizes"].items()}
        self.contents: dict[int, int] = {}
        self.writes = 0
        self.resets = 0
        self.tag = 0
        self._received = bytearray()
        self._deframer = Deframer()

    async def begin(self) -> None:
        """Reset, and serve."""
        await start(
            self.dut,
            rx=1,
            running=0,
            host__request__ready=0,
            host__response__valid=0,
            host__response__payload=0,
        )
        cocotb.start_soon(self._serve(self.generator.spawn(1)[0]))
        cocotb.start_soon(self._count_resets())
        cocotb.start_soon(receive_bytes(self.dut, self.dut.tx, self._received, cycles=self.bit_cycles))

    async def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        await send_bytes(self.dut, self.dut.rx, data, cycles=self.bit_cycles)

    async def responses(self, count: int) -> list[Response | None]:
        """The next ``count`` packets from the board."""
        found: list[Response | None] = []
        for _ in range(count * PATIENCE_BYTES):
            packets = self._deframer.feed(bytes(self._received))
            self._received.clear()
            found += [None if packet is None else Response.of(packet) for packet in packets]
            if len(found) >= count:
                break
            await ClockCycles(self.dut.clk, self.byte_cycles)
        assert len(found) == count, found
        return found

    async def silence(self) -> int:
        """Wait until the board sends nothing any more; return the number of packets it did send."""
        packets = 0
        waited = 0
        while waited < 50:
            await ClockCycles(self.dut.clk, self.byte_cycles)
            waited = 0 if self._received else waited + 1
            packets += len(self._deframer.feed(bytes(self._received)))
            self._received.clear()
        return packets

    async def ask(self, operation: int, count: int = 0, address: int = 0, data: bytes = b"") -> Response:
        """Send a request, and return the response to it."""
        self.tag = (self.tag + 1) % 256
        await self.send(Request(operation, self.tag, count, address, data).encode())
        (response,) = await self.responses(1)
        assert response is not None
        assert response.tag == self.tag
        return response

    def stored(self, address: int, size: int) -> bytes:
        """What the memories hold."""
        words = (self.contents.get(at, 0) for at in range(address, address + size, self.bus_bytes))
        return b"".join(word.to_bytes(self.bus_bytes, "little") for word in words)

    async def _serve(self, generator: np.random.Generator) -> None:
        dut = self.dut
        while True:
            await ReadOnly()
            if not int(dut.host__request__valid.value):
                await RisingEdge(dut.host__request__valid)
                await RisingEdge(dut.clk)
                continue
            payload = int(dut.host__request__payload.value)
            write, address, data = payload & 1, payload >> 1 & 0xFFFF_FFFF, payload >> 33
            self._check(address, write)
            await ClockCycles(dut.clk, int(generator.integers(1, 4)))
            dut.host__request__ready.value = 1
            await RisingEdge(dut.clk)
            dut.host__request__ready.value = 0
            if write:
                self.contents[address] = data
                self.writes += 1
                continue
            await ClockCycles(dut.clk, int(generator.integers(1, 4)))
            dut.host__response__payload.value = self.contents.get(address, 0)
            dut.host__response__valid.value = 1
            await ReadOnly()
            while not int(dut.host__response__ready.value):
                await RisingEdge(dut.clk)
                await ReadOnly()
            await RisingEdge(dut.clk)
            dut.host__response__valid.value = 0

    def _check(self, address: int, write: int) -> None:
        region = Region(address >> 28)
        assert (address & 0xFFF_FFFF) + self.bus_bytes <= self.sizes[region], hex(address)
        assert address % self.bus_bytes == 0
        assert not (int(self.dut.running.value) and region != Region.REGISTERS)
        assert not write or region in MEMORIES or address == Register.CONTROL

    async def _count_resets(self) -> None:
        while True:
            await RisingEdge(self.dut.reset)
            self.resets += 1


@cocotb.test()
async def every_memory(dut: Any) -> None:
    """What is written is read back, in packets of all sizes up to the end of each memory."""
    board = Board(dut)
    await board.begin()
    step = board.bus_bytes
    most = DATA_BYTES // step
    with Coverage(
        "one word", "as many words as possible", "words between", "bytes that are escaped"
    ) as cover:
        for index, region in enumerate((*MEMORIES, *MEMORIES)):
            count = most if index == 0 else int(board.generator.integers(2, most))
            for words, address in ((count, region.base), (1, region.base + board.sizes[region] - step)):
                values = board.generator.choice([0, FLAG, ESCAPE, 0x5E, 255], words * step)
                data = values.astype(np.uint8).tobytes()
                assert (await board.ask(Operation.WRITE, address=address, data=data)).answer == Answer.DONE
                assert board.stored(address, len(data)) == data
                response = await board.ask(Operation.READ, count=words, address=address)
                assert (response.answer, response.data) == (Answer.DONE, data)
                cover.met("one word", words == 1)
                cover.met("as many words as possible", words == most)
                cover.met("words between", 1 < words < most)
                cover.met("bytes that are escaped", FLAG in data and ESCAPE in data)


@cocotb.test()
async def refusals(dut: Any) -> None:
    """Requests beyond a memory, of odd sizes, or for a memory in use change nothing and say why."""
    board = Board(dut)
    await board.begin()
    step = board.bus_bytes
    word = bytes(step)
    most = DATA_BYTES // step
    cases = [(Answer.UNKNOWN, 5, 0, 0, b""), (Answer.UNKNOWN, 255, 1, Region.SCRATCHPAD.base, b"")]
    for region in Region:
        after = region.base + board.sizes[region]
        cases += [
            (Answer.OUTSIDE, Operation.READ, 1, after, b""),
            (Answer.OUTSIDE, Operation.READ, 2, after - step, b""),
            (Answer.OUTSIDE, Operation.READ, 1, region.base + 1, b""),
            (Answer.OUTSIDE, Operation.WRITE, 0, after, word),
            (Answer.OUTSIDE, Operation.WRITE, 0, after - step, 2 * word),
            (Answer.MALFORMED, Operation.READ, 0, region.base, b""),
            (Answer.MALFORMED, Operation.READ, most + 1, region.base, b""),
            (Answer.MALFORMED, Operation.READ, 0xFFFF, region.base, b""),
            (Answer.MALFORMED, Operation.READ, 1, region.base, word),
            (Answer.MALFORMED, Operation.WRITE, 0, region.base, b""),
            (Answer.MALFORMED, Operation.WRITE, 0, region.base, word[1:]),
        ]
    cases += [
        (Answer.OUTSIDE, Operation.READ, 1, 0x6000_0000, b""),
        (Answer.OUTSIDE, Operation.READ, 1, 0xFFFF_FFF8, b""),
        (Answer.OUTSIDE, Operation.WRITE, 0, 0xFFFF_FFF8, 2 * word),
        (Answer.OUTSIDE, Operation.WRITE, 0, Register.CONTROL, word),
        (Answer.OUTSIDE, Operation.WRITE, 0, Region.ACCUMULATORS.base, word),
        (Answer.MALFORMED, Operation.START, 0, 7, b""),
        (Answer.MALFORMED, Operation.START, 0, 7, 2 * word),
        (Answer.MALFORMED, Operation.STATUS, 0, 0, word),
        (Answer.MALFORMED, Operation.RESET, 0, 0, word),
    ]
    for answer, operation, count, address, data in cases:
        response = await board.ask(operation, count, address, data)
        assert (response.answer, response.data) == (answer, b""), (operation, count, hex(address), data)
    dut.running.value = 1
    for region in list(Region)[1:]:
        if board.sizes[region]:
            assert (await board.ask(Operation.READ, 1, region.base)).answer == Answer.BUSY
    assert (await board.ask(Operation.READ, 1, Register.STATUS)).answer == Answer.DONE
    assert (await board.ask(Operation.WRITE, 0, Region.WEIGHTS.base, word)).answer == Answer.BUSY
    assert (board.writes, board.resets) == (0, 0)


@cocotb.test()
async def sessions(dut: Any) -> None:
    """A start happens once however often it is asked for; sessions reset the machine."""
    board = Board(dut)
    await board.begin()
    step = board.bus_bytes
    board.contents[Register.STATUS] = 5

    async def status() -> tuple[int, ...]:
        response = await board.ask(Operation.STATUS)
        assert response.answer == Answer.DONE
        assert int.from_bytes(response.data[STATUS.size :], "little") == 5
        return tuple(STATUS.unpack_from(response.data))

    assert await status() == (LINK_VERSION, 0, 0)
    assert (await board.ask(Operation.RESET, address=0xCAFE_F00D)).answer == Answer.DONE
    assert await status() == (LINK_VERSION, 0xCAFE_F00D, 0)
    for number, commands, writes in ((1, 7, 1), (1, 7, 1), (2, 0, 2), (2, 0, 2), (1, 3, 3)):
        data = commands.to_bytes(step, "little")
        assert (await board.ask(Operation.START, address=number, data=data)).answer == Answer.DONE
        assert (board.contents[Register.CONTROL], board.writes) == (commands, writes)
        assert await status() == (LINK_VERSION, 0xCAFE_F00D, number)
    assert (await board.ask(Operation.RESET, address=2)).answer == Answer.DONE
    assert await status() == (LINK_VERSION, 2, 0)
    assert board.resets == 2


@cocotb.test()
async def damage(dut: Any) -> None:
    """Damaged, cut and oversized packets are rejected; what follows is received."""
    board = Board(dut)
    await board.begin()
    region = Region.SCRATCHPAD.base
    whole = Request(Operation.WRITE, 9, 0, region, bytes(range(16))).encode()

    async def rejected(data: bytes, packets: int = 1) -> None:
        await board.send(data)
        for response in await board.responses(packets):
            assert response is not None
            assert response.answer == Answer.REJECTED
        assert board.writes == 0

    for index in range(1, len(whole) - 1):
        flipped = whole[index] ^ 1 << int(board.generator.integers(8))
        if flipped not in (FLAG, ESCAPE):
            await rejected(whole[:index] + bytes((flipped,)) + whole[index + 1 :])
    for length in range(2, len(whole) - 1):
        await rejected(whole[:length] + bytes((FLAG,)))
    await rejected(encode(bytes(7)))
    await rejected(encode(b""))
    await rejected(bytes((FLAG, ESCAPE, FLAG)))
    # As large as possible is fine, a byte more is not, nor is any larger size, even one that counters cannot hold.
    step = board.bus_bytes
    largest = Request(Operation.WRITE, 9, 0, region, bytes(DATA_BYTES))
    await rejected(encode(bytes(8 + DATA_BYTES + 1)))
    await rejected(encode(bytes(8 + DATA_BYTES + 512)))
    await rejected(bytes((FLAG,)) + bytes(3000) + bytes((FLAG,)))
    # A line that hangs low, and a glitch.
    dut.rx.value = 0
    await ClockCycles(dut.clk, 30 * board.byte_cycles)
    dut.rx.value = 1
    await ClockCycles(dut.clk, board.byte_cycles)
    dut.rx.value = 0
    await RisingEdge(dut.clk)
    dut.rx.value = 1
    await ClockCycles(dut.clk, board.byte_cycles)
    # Flags in any number separate packets; a packet follows directly upon a cut one.
    await board.send(bytes((FLAG,)) * 5 + whole[:9] + largest.encode() + bytes((FLAG,)))
    first, second = await board.responses(2)
    assert first is not None
    assert second is not None
    assert (first.answer, second.answer, second.tag) == (Answer.REJECTED, Answer.DONE, 9)
    assert board.writes == DATA_BYTES // step


@cocotb.test()
async def pipelined(dut: Any) -> None:
    """Requests queue while the board answers; those that find no room are lost, without harm to others."""
    board = Board(dut)
    await board.begin()
    words = DATA_BYTES // board.bus_bytes
    region = Region.SCRATCHPAD.base
    request = b"".join(Request(Operation.READ, tag, words, region).encode() for tag in range(20))
    await board.send(request)
    responses = await board.responses(20)
    assert [response.tag for response in responses if response] == list(range(20))
    await board.send(b"".join(Request(Operation.READ, tag, words, region).encode() for tag in range(100)))
    assert 30 < await board.silence() < 90
    await board.send(bytes((FLAG,)))
    await board.silence()
    assert (await board.ask(Operation.READ, 1, region)).answer == Answer.DONE


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """A reset forgets a packet that has begun, wherever it is cut, and the session."""
    board = Board(dut)
    await board.begin()
    whole = Request(Operation.WRITE, 9, 0, Region.SCRATCHPAD.base, bytes(board.bus_bytes)).encode()
    for sent in range(1, len(whole)):
        assert (await board.ask(Operation.RESET, address=7)).answer == Answer.DONE
        await board.send(whole[:sent])
        dut.rst.value = 1
        await RisingEdge(dut.clk)
        dut.rst.value = 0
        response = await board.ask(Operation.STATUS)
        assert tuple(STATUS.unpack_from(response.data)) == (LINK_VERSION, 0, 0)
    assert board.writes == 0
