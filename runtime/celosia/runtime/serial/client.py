"""The host's end of the serial link: requests in flight, lost packets, packet sizes. ``docs/link.md`` has the rules."""

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from celosia.rtl.bus.packet import (
    DATA_BYTES,
    STATUS,
    Answer,
    Deframer,
    Operation,
    Request,
    Response,
)
from celosia.runtime.device import DeviceError
from celosia.runtime.serial.port import Port

#: Requests in flight at once. All of them, escaped throughout, fit a board's queue.
WINDOW = 8

#: Data in a packet while packets get lost; it grows again by as much with each that arrives.
LEAST_BYTES = 16
GROWTH_BYTES = 8

#: Seconds to wait for a response: at least, before any has come, and at most.
LEAST_SECONDS = 0.1
FIRST_SECONDS = 0.5
MOST_SECONDS = 2.0


class SilenceError(DeviceError):
    """The board does not answer."""


class BusyError(DeviceError):
    """A program runs, and has the memories for itself."""


@dataclass(frozen=True)
class LinkStatus:
    """What a board says of itself.

    ``version`` of the link, number of the ``session`` and of the ``last_start`` in it, and the STATUS ``register``.
    """

    version: int
    session: int
    last_start: int
    register: int


@dataclass(frozen=True)
class Work:
    """A request to be made, and where its answer belongs: at ``place`` of what is read."""

    request: Request
    answer_bytes: int = 0
    place: int = 0


@dataclass(frozen=True)
class _Sent:
    work: Work
    tag: int
    time: float


class LinkClient:
    """Gets requests answered over a line that may lose, damage or insert bytes.

    A board answers in order. So a response to a request means that all earlier ones without a response are lost; a
    damaged packet, from either side, means that the oldest is. These are sent again at once, the rest when time is up.

    Parameters
    ----------
    port : Port
        The line.
    bus_bytes : int
        Bytes of the board's bus word.
    patience : float
        Seconds without any response after which the board counts as silent.
    """

    def __init__(self, port: Port, *, bus_bytes: int, patience: float) -> None:
        self._port = port
        self._bus_bytes = bus_bytes
        self._patience = patience
        self._deframer = Deframer()
        self._limit = DATA_BYTES
        self._tag = 0
        self._response_time: float | None = None
        self.lost = 0
        """Packets that had to be sent again."""

    def status(self) -> LinkStatus:
        """Ask for the status."""
        answer = self.perform([Work(Request(Operation.STATUS, 0), STATUS.size + self._bus_bytes)])
        return self._status_of(answer)

    def read(self, address: int, size: int) -> bytes:
        """Read whole bus words."""
        count = size // self._bus_bytes
        return self.perform([Work(Request(Operation.READ, 0, count, address), size)]) if size else b""

    def write(self, address: int, data: bytes) -> None:
        """Write whole bus words."""
        if data:
            self.perform([Work(Request(Operation.WRITE, 0, 0, address, data))])

    def start(self, number: int, commands: int) -> None:
        """Start the program, unless the last start had this ``number``."""
        data = commands.to_bytes(self._bus_bytes, "little")
        self.perform([Work(Request(Operation.START, 0, 0, number, data))])

    def reset(self, session: int) -> None:
        """Begin a session."""
        self.perform([Work(Request(Operation.RESET, 0, 0, session))])

    def perform(self, work: Iterable[Work]) -> bytes:
        """Get all requests done, in any order; return the data of the answers.

        Raises :class:`SilenceError`, :class:`BusyError`, :class:`DeviceError` if the board refuses a request, and
        ``DisconnectedError``.
        """
        waiting = deque(work)
        sent: deque[_Sent] = deque()
        result = bytearray(sum(item.answer_bytes for item in waiting))
        heard = time.monotonic()
        seconds = self._response_seconds()
        while waiting or sent:
            while waiting and len(sent) < WINDOW:
                sent.append(self._send(waiting))
            due = max(sent[0].time, heard) + seconds
            packets = self._deframer.feed(self._port.read(max(0.0, due - time.monotonic())))
            now = time.monotonic()
            for content in packets:
                response = Response.of(content) if content is not None else None
                if response is None or response.answer == Answer.REJECTED:
                    if sent:
                        self._lose(sent, waiting)
                    continue
                if response.tag not in (item.tag for item in sent):
                    continue
                while sent[0].tag != response.tag:
                    self._lose(sent, waiting)
                item = sent.popleft()
                self._accept(item.work, response, result)
                self._limit = min(DATA_BYTES, self._limit + GROWTH_BYTES)
                self._learn_response_time(now - max(item.time, heard))
                heard = now
                seconds = self._response_seconds()
            if sent and now >= max(sent[0].time, heard) + seconds:
                if now - heard > self._patience:
                    raise SilenceError(f"no answer within {self._patience:g} s")
                seconds = min(MOST_SECONDS, 2 * seconds)
                self._deframer.clear()
                while sent:
                    self._lose(sent, waiting)
        return bytes(result)

    def _learn_response_time(self, measured: float) -> None:
        known = self._response_time
        self._response_time = measured if known is None else 0.8 * known + 0.2 * measured

    def _response_seconds(self) -> float:
        if self._response_time is None:
            return FIRST_SECONDS
        return min(MOST_SECONDS, max(LEAST_SECONDS, 4 * self._response_time))

    def _send(self, waiting: deque[Work]) -> _Sent:
        """Send the first of the waiting requests, or as much of it as a packet should have now."""
        work, rest = self._split(waiting.popleft())
        if rest is not None:
            waiting.appendleft(rest)
        self._tag = (self._tag + 1) % 256
        self._port.write(replace(work.request, tag=self._tag).encode())
        return _Sent(work, self._tag, time.monotonic())

    def _split(self, work: Work) -> tuple[Work, Work | None]:
        request = work.request
        limit = self._limit // self._bus_bytes * self._bus_bytes
        if request.operation == Operation.READ and work.answer_bytes > limit:
            words = limit // self._bus_bytes
            first = replace(request, count=words)
            second = replace(request, count=request.count - words, address=request.address + limit)
            return (
                Work(first, limit, work.place),
                Work(second, work.answer_bytes - limit, work.place + limit),
            )
        if request.operation == Operation.WRITE and len(request.data) > limit:
            first = replace(request, data=request.data[:limit])
            return Work(first), Work(
                replace(request, address=request.address + limit, data=request.data[limit:])
            )
        return work, None

    def _lose(self, sent: deque[_Sent], waiting: deque[Work]) -> None:
        waiting.appendleft(sent.popleft().work)
        self.lost += 1
        self._limit = max(LEAST_BYTES, self._limit // 2)

    def _accept(self, work: Work, response: Response, result: bytearray) -> None:
        request = work.request
        if response.answer == Answer.BUSY:
            raise BusyError("a program runs, and has the memories for itself")
        if response.answer != Answer.DONE:
            names = {answer.value: answer.name for answer in Answer}
            raise DeviceError(
                f"the board refused a {Operation(request.operation).name} at {request.address:#010x}:"
                f" {names.get(response.answer, response.answer)}"
            )
        if len(response.data) != work.answer_bytes:
            raise DeviceError(
                f"the board answered with {len(response.data)} bytes instead of {work.answer_bytes}"
            )
        result[work.place : work.place + work.answer_bytes] = response.data

    def _status_of(self, answer: bytes) -> LinkStatus:
        version, session, last_start = STATUS.unpack_from(answer)
        register = int.from_bytes(answer[STATUS.size : STATUS.size + 4], "little")
        return LinkStatus(version, session, last_start, register)
