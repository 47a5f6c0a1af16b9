"""A board on a serial line, driven through the packets of ``docs/link.md``."""

import secrets
import time
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from celosia.rtl.bus.address_map import (
    COUNTERS_OFFSET,
    ENGINE_STRIDE,
    Region,
    Register,
    Status,
    counter_address,
    counters_of,
)
from celosia.rtl.bus.baud import DEFAULT_BAUD_RATE
from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.device import Device, DeviceError
from celosia.runtime.serial.client import BusyError, LinkStatus, SilenceError
from celosia.runtime.serial.connection import Connection
from celosia.runtime.serial.journal import Journal
from celosia.runtime.serial.port import DisconnectedError

Result = TypeVar("Result")

#: Bytes that are read or written before the session is checked.
CHUNK_BYTES = 1 << 16

#: Seconds between attempts to open a port that is gone.
RETRY_SECONDS = 0.1

#: How often a board may forget what has just been written again, before it is given up.
MOST_RESTORES = 5

#: Seconds without any command retiring after which a program hangs. Commands take milliseconds.
HANG_SECONDS = 30.0
PROGRESS_SECONDS = 1.0


class _LostError(Exception):
    """The board answers, but no longer holds this session: it was without power, or reset."""


class SerialDevice(Device):
    """An accelerator behind a serial port; use it as a context manager.

    Damaged and lost packets are sent again. When the cable is pulled and comes back, or the board was without
    power meanwhile, the device connects again, checks that the board is the same, writes again what the host has
    written if the board has lost it, and starts again what had been started. So a caller notices nothing but the time
    it takes. What programs before the present one have left in memory is not restored.

    Parameters
    ----------
    config : AcceleratorConfig
        What the board should hold.
    path : str
        Name of the port, such as ``/dev/ttyUSB0``.
    baud_rate : int
        Bits a second, as the board was built for.
    patience : float
        Seconds to wait for a board that does not answer.
    reconnect_seconds : float
        Seconds to wait for a port that has gone to come back.

    Raises
    ------
    DeviceError
        On entering it, and by each operation, if there is no such board, if it holds another configuration or is of
        another version, or if it stays away.
    """

    def __init__(
        self,
        config: AcceleratorConfig,
        path: str,
        *,
        baud_rate: int = DEFAULT_BAUD_RATE,
        patience: float = 5.0,
        reconnect_seconds: float = 60.0,
    ) -> None:
        super().__init__(config)
        self._connection = Connection(
            config, path, baud_rate=baud_rate, bus_bytes=self.bus_bytes, patience=patience
        )
        self._reconnect_seconds = reconnect_seconds
        self._journal = Journal()
        self._session = 0
        self._last_start = 0
        self._status = LinkStatus(0, 0, 0, 0)
        self.on_event: Callable[[str], None] = lambda event: None
        """Called with a line for the user when the connection is lost or restored."""

    @property
    def lost_packets(self) -> int:
        """Packets that had to be sent again so far."""
        return self._connection.lost_packets

    def __enter__(self) -> Self:
        try:
            self._connection.open()
            self._begin_session()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the port back."""
        self._connection.close()

    def identify(self) -> None:
        """Compare identity, version and configuration; see :meth:`Device.identify`."""
        self._surely(self._connection.check_identity)

    def write(self, address: int, data: bytes) -> None:
        """Write whole bus words; see :meth:`Device.write`."""
        self._check_alignment(address, len(data))
        if address == Region.REGISTERS.base + Register.CONTROL and len(data) == self.bus_bytes:
            self.start(int.from_bytes(data[:4], "little"))
            return
        for place in range(0, len(data), CHUNK_BYTES):
            chunk = data[place : place + CHUNK_BYTES]
            self._when_idle(partial(self._write_chunk, address + place, chunk))
            self._journal.wrote(address + place, chunk)

    def read(self, address: int, size: int) -> bytes:
        """Read whole bus words; see :meth:`Device.read`."""
        self._check_alignment(address, size)
        return b"".join(
            self._when_idle(partial(self._read_chunk, address + place, min(CHUNK_BYTES, size - place)))
            for place in range(0, size, CHUNK_BYTES)
        )

    def start(self, commands: int = 0) -> None:
        """Run the next ``commands`` commands; see :meth:`Device.start`."""
        self._surely(lambda: self._connection.link.start(self._last_start + 1, commands))
        self._last_start += 1
        self._journal.started(commands)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the program stops; see :meth:`Device.wait`. Raises :class:`DeviceError` if it hangs."""
        begun = moved = checked = time.monotonic()
        retired = -1
        while True:
            self._surely(lambda: None)
            status = Status(self._status.register)
            if Status.RUNNING not in status:
                break
            now = time.monotonic()
            if timeout is not None and now > begun + timeout:
                raise DeviceError(f"the device still runs after {timeout} s")
            if now > checked + PROGRESS_SECONDS:
                checked, before, retired = now, retired, self._retired_commands()
                moved = now if retired != before else moved
            if now > moved + HANG_SECONDS:
                raise DeviceError(f"the program hangs: no command has retired within {HANG_SECONDS:g} s")
        if Status.UNKNOWN_OPCODE in status:
            raise DeviceError("the program holds an unknown opcode")
        if Status.ENDED in status:
            self._journal.ended()
        return Status.ENDED in status

    def counters(self) -> dict[str, int]:
        """All counters, in one read; see :meth:`Device.counters`."""
        first = Region.REGISTERS.base + Register.CYCLES
        last = Region.REGISTERS.base + COUNTERS_OFFSET + len(Engine) * ENGINE_STRIDE
        image = self.read(first, last - first)

        def value(address: int) -> int:
            return int.from_bytes(image[address - first : address - first + 4], "little")

        return {"cycles": value(first)} | {
            f"{engine.name.lower()}.{counter.name.lower()}": value(counter_address(engine, counter))
            for engine in Engine
            for counter in counters_of(self.config)
        }

    def _retired_commands(self) -> int:
        counters = self.counters()
        return sum(counters[f"{engine.name.lower()}.commands"] for engine in Engine)

    def _write_chunk(self, address: int, data: bytes) -> None:
        self._connection.link.write(address, data)

    def _read_chunk(self, address: int, size: int) -> bytes:
        return self._connection.link.read(address, size)

    def _begin_session(self) -> None:
        self._session = secrets.randbelow((1 << 32) - 1) + 1
        self._last_start = 0
        self._connection.link.reset(self._session)

    def _check_session(self) -> None:
        self._status = self._connection.link.status()
        if self._status.session not in (0, self._session):
            raise DeviceError(f"another program has taken over the board at {self._connection.path}")
        # A board that has been brought back in part has the session, but not yet its starts.
        if self._status.session == 0 or self._status.last_start < self._last_start:
            raise _LostError

    def _when_idle(self, action: Callable[[], Result]) -> Result:
        """Do it once no program runs any more, as the host port itself would."""
        while True:
            try:
                return self._surely(action)
            except BusyError:
                self.wait()

    def _surely(self, action: Callable[[], Result]) -> Result:
        """Do something in this session; if the board goes away or forgets, bring it back and do it again."""
        recover: Callable[[], None] | None = None
        restored = 0
        while True:
            try:
                if recover is not None:
                    recover()
                    restored += recover == self._restore
                    recover = None
                if restored > MOST_RESTORES:
                    raise DeviceError(
                        f"the board at {self._connection.path} has lost its memory {restored} times in a row: is its"
                        " power supply strong enough?"
                    )
                result = action()
                self._check_session()
            except (DisconnectedError, SilenceError) as error:
                recover = partial(self._reconnect, error)
            except _LostError:
                recover = self._restore
            else:
                return result

    def _reconnect(self, error: DeviceError) -> None:
        self.on_event(f"{error}; waiting for it to come back")
        deadline = time.monotonic() + self._reconnect_seconds
        while True:
            try:
                self._connection.open()
            except (DisconnectedError, SilenceError):
                if time.monotonic() > deadline:
                    raise DeviceError(
                        f"{self._connection.path} did not come back within {self._reconnect_seconds:g} s"
                    ) from None
                time.sleep(RETRY_SECONDS)
            else:
                break
        self.on_event(f"{self._connection.path} is back")

    def _restore(self) -> None:
        """Bring a board that has forgotten to where it was."""
        if not self._journal.is_in_order:
            raise DeviceError(
                "the board was without power while a program was being stepped through: start over"
            )
        self.on_event(f"the board at {self._connection.path} has lost its memory; writing everything again")
        starts = self._journal.starts
        # No session until everything is there: should it fail on the way, it is done again.
        self._connection.link.reset(0)
        for address, data in self._journal.contents():
            for place in range(0, len(data), CHUNK_BYTES):
                self._connection.link.write(address + place, data[place : place + CHUNK_BYTES])
        self._begin_session()
        self._last_start = len(starts)
        for number, commands in enumerate(starts, 1):
            self._connection.link.start(number, commands)
            while Status.RUNNING in Status(self._connection.link.status().register):
                continue
