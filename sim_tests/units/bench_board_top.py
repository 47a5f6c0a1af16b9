"""A board's top from its pins: a start over the line, and what the lights show of it."""

from typing import Any

import cocotb
from cocotb.triggers import ClockCycles

from celosia.rtl.bus.address_map import Region
from celosia.rtl.bus.packet import STATUS, Answer, Deframer, Operation, Request, Response
from sim_tests.support.bench import parameters, start
from sim_tests.support.coverage import Coverage
from sim_tests.support.line import receive_bytes, send_bytes

#: Clock cycles between looks at the heartbeat.
STEP = 100

RUNNING, ACTIVE, REJECTED, HEARTBEAT = (1 << index for index in range(4))

LIGHTS = {"running": RUNNING, "active": ACTIVE, "rejected": REJECTED}


class Board:
    """The host's end of the line."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.cycles: int = parameters()["bit_cycles"]
        self.cover = Coverage(*(f"{name} {state}" for name in LIGHTS for state in ("on", "off")))
        self.received = bytearray()
        self.deframer = Deframer()

    async def begin(self) -> None:
        """Reset, and listen."""
        await start(self.dut, rx=1)
        cocotb.start_soon(receive_bytes(self.dut, self.dut.tx, self.received, cycles=self.cycles))

    async def send(self, data: bytes) -> Response:
        """Send bytes, and return the answer."""
        await send_bytes(self.dut, self.dut.rx, data, cycles=self.cycles)
        for _ in range(200):
            if packets := self.deframer.feed(bytes(self.received)):
                self.received.clear()
                (content,) = packets
                assert content is not None
                response = Response.of(content)
                assert response is not None
                return response
            self.received.clear()
            await ClockCycles(self.dut.clk, 10)
        raise AssertionError("no answer")

    def lights(self) -> int:
        """The lights but the heartbeat."""
        shown = int(self.dut.leds.value) & ~HEARTBEAT
        for name, light in LIGHTS.items():
            self.cover.met(f"{name} on", bool(shown & light))
            self.cover.met(f"{name} off", not shown & light)
        return shown


@cocotb.test()
async def lights(dut: Any) -> None:
    """Each shows what it should, and goes out."""
    board = Board(dut)
    shown: int = parameters()["shown_cycles"]
    await board.begin()
    with board.cover:
        assert board.lights() == 0
        # The counter that all lights share is anywhere when an event comes.
        for phase in range(4):
            assert (await board.send(Request(Operation.STATUS, 1).encode())).answer == Answer.DONE
            await ClockCycles(dut.clk, shown // 4)
            assert board.lights() == ACTIVE
            await ClockCycles(dut.clk, 4 * shown + phase * shown // 4)
            assert board.lights() == 0
        damaged = bytearray(Request(Operation.STATUS, 1).encode())
        damaged[5] ^= 1
        assert (await board.send(bytes(damaged))).answer == Answer.REJECTED
        assert board.lights() == ACTIVE | REJECTED
        await ClockCycles(dut.clk, 4 * shown)
        assert board.lights() == 0
        # An empty program memory is a program of its end alone.
        assert (await board.send(Request(Operation.START, 1, 0, 1, bytes(4)).encode())).answer == Answer.DONE
        assert board.lights() & RUNNING
        status = await board.send(Request(Operation.STATUS, 1).encode())
        assert int.from_bytes(status.data[STATUS.size :], "little") == 2
        await ClockCycles(dut.clk, 4 * shown)
        assert board.lights() == 0


@cocotb.test()
async def heartbeat(dut: Any) -> None:
    """It beats about once a second."""
    board = Board(dut)
    await board.begin()
    second: int = parameters()["clock_hz"]
    changes = []
    last = int(dut.leds.value)
    for cycle in range(0, 3 * second, STEP):
        await ClockCycles(dut.clk, STEP)
        if int(dut.leds.value) != last:
            last = int(dut.leds.value)
            changes.append(cycle)
    periods = [after - before for before, after in zip(changes, changes[2:], strict=False)]
    assert periods
    assert all(second / 2 < period < 2 * second for period in periods)


@cocotb.test()
async def reset(dut: Any) -> None:
    """A reset over the line reaches the accelerator, but not its memories."""
    board = Board(dut)
    await board.begin()
    word = bytes((1, 2, 3, 4))
    write = Request(Operation.WRITE, 1, 0, Region.SCRATCHPAD.base, word)
    assert (await board.send(write.encode())).answer == Answer.DONE
    assert (await board.send(Request(Operation.START, 1, 0, 1, bytes(4)).encode())).answer == Answer.DONE
    assert (await board.send(Request(Operation.RESET, 1, 0, 5).encode())).answer == Answer.DONE
    status = await board.send(Request(Operation.STATUS, 1).encode())
    assert int.from_bytes(status.data[STATUS.size :], "little") == 0
    read = await board.send(Request(Operation.READ, 1, 1, Region.SCRATCHPAD.base).encode())
    assert read.data == word
