"""The packets of the serial host link: what hardware and host driver agree on. ``docs/link.md`` explains them.

A packet is its bytes, then their CRC-32 (as in Ethernet and zip files), low byte first. On the line it stands
between two ``FLAG`` bytes; a ``FLAG`` or ``ESCAPE`` within it is sent as ``ESCAPE`` and the byte with ``ESCAPE_BIT``
toggled, as HDLC does (RFC 1662). Whatever happens to a packet, the next ``FLAG`` begins a new one.
"""

import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum

LINK_VERSION = 1

FLAG = 0x7E
ESCAPE = 0x7D
ESCAPE_BIT = 0x20

CRC_BYTES = 4
DATA_BYTES = 256
"""The most data that a packet carries."""
QUEUE_BYTES = 512
"""Bytes on the line that a board queues while it is busy with an earlier packet."""


class Operation(IntEnum):
    """What a request asks for."""

    READ = 0
    """Answer ``count`` bus words from ``address`` on."""
    WRITE = 1
    """Write the data, whole bus words, from ``address`` on."""
    START = 2
    """Write the data, one bus word, to CONTROL, unless ``address`` is the number of the last start."""
    STATUS = 3
    """Answer :class:`LinkStatus`."""
    RESET = 4
    """Stop everything, and begin the session with the number ``address``; memories keep their contents."""


class Answer(IntEnum):
    """How a response begins."""

    DONE = 0
    REJECTED = 1
    """A packet did not arrive intact; the tag says nothing."""
    UNKNOWN = 2
    """There is no such operation."""
    MALFORMED = 3
    """The amount of data does not fit the operation."""
    OUTSIDE = 4
    """The addresses are not, or not all, in a memory that can be so accessed, or are not aligned."""
    BUSY = 5
    """A program runs, and has the memories for itself."""


REQUEST = struct.Struct("<BBHI")
"""Operation, tag, count, address; data may follow."""
RESPONSE = struct.Struct("<BB")
"""Answer and the request's tag; data may follow."""
STATUS = struct.Struct("<III")
"""Link version, session, number of the last start; the bus word of the STATUS register follows."""

REQUEST_BYTES = REQUEST.size
RESPONSE_BYTES = RESPONSE.size


@dataclass(frozen=True)
class Request:
    """What a host sends."""

    operation: int
    tag: int
    count: int = 0
    address: int = 0
    data: bytes = b""

    def encode(self) -> bytes:
        """The packet as it goes over the line."""
        return encode(REQUEST.pack(self.operation, self.tag, self.count, self.address) + self.data)


@dataclass(frozen=True)
class Response:
    """What a board sends."""

    answer: int
    tag: int
    data: bytes = b""

    @classmethod
    def of(cls, content: bytes) -> "Response | None":
        """The response that a packet holds; None if it is too short for one."""
        if len(content) < RESPONSE_BYTES:
            return None
        answer, tag = RESPONSE.unpack_from(content)
        return cls(answer, tag, content[RESPONSE_BYTES:])


def encode(content: bytes) -> bytes:
    """``content`` as a packet on the line: CRC, escapes and flags added."""
    packet = content + zlib.crc32(content).to_bytes(CRC_BYTES, "little")
    for special in (ESCAPE, FLAG):
        packet = packet.replace(bytes((special,)), bytes((ESCAPE, special ^ ESCAPE_BIT)))
    return bytes((FLAG,)) + packet + bytes((FLAG,))


class Deframer:
    """Finds packets among the bytes of a line."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, received: bytes) -> list[bytes | None]:
        """Contents of the packets that ``received`` completes, in order; None for each that is not intact."""
        *complete, self._pending = (self._pending + received).split(bytes((FLAG,)))
        return [_content(part) for part in complete if part]

    def clear(self) -> None:
        """Forget a packet that has begun."""
        self._pending = b""


def _content(stuffed: bytes) -> bytes | None:
    first, *escaped = stuffed.split(bytes((ESCAPE,)))
    if not all(escaped):
        return None
    packet = first + b"".join(bytes((part[0] ^ ESCAPE_BIT,)) + part[1:] for part in escaped)
    content, crc = packet[:-CRC_BYTES], packet[-CRC_BYTES:]
    return content if crc == zlib.crc32(content).to_bytes(CRC_BYTES, "little") else None
