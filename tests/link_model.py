"""A board's end of the serial link in Python, on the functional model: what the hardware must answer to any bytes."""

from celosia.rtl.bus.address_map import Region, Register, region_bytes
from celosia.rtl.bus.packet import (
    DATA_BYTES,
    LINK_VERSION,
    REQUEST,
    REQUEST_BYTES,
    RESPONSE,
    STATUS,
    Answer,
    Deframer,
    Operation,
    encode,
)
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.model import ModelDevice

WRITABLE = (Region.PROGRAM, Region.WEIGHTS, Region.PARAMETERS, Region.SCRATCHPAD)


class LinkModel:
    """A board just switched on. Programs take no time."""

    def __init__(self, config: AcceleratorConfig) -> None:
        self._config = config
        self._step = config.bus_width // 8
        self._sizes = {region: region_bytes(config, region) for region in Region}
        self._deframer = Deframer()
        self.device = ModelDevice(config)
        self.session = 0
        self.last_start = 0

    def feed(self, received: bytes) -> bytes:
        """What the board sends because of these bytes."""
        return b"".join(self.answers(received))

    def answers(self, received: bytes) -> list[bytes]:
        """The same, packet by packet."""
        return [self._answer(content) for content in self._deframer.feed(received)]

    def _answer(self, content: bytes | None) -> bytes:
        if content is None or not REQUEST_BYTES <= len(content) <= REQUEST_BYTES + DATA_BYTES:
            # The tag of a packet that did not arrive is whatever arrived in its place: see `without_tag`.
            return encode(RESPONSE.pack(Answer.REJECTED, 0))
        operation, tag, count, address = REQUEST.unpack_from(content)
        answer, data = self._execute(operation, count, address, content[REQUEST_BYTES:])
        return encode(RESPONSE.pack(answer, tag) + data)

    def _execute(self, operation: int, count: int, address: int, data: bytes) -> tuple[Answer, bytes]:
        match operation:
            case Operation.READ:
                if data or not 0 < count * self._step <= DATA_BYTES:
                    return Answer.MALFORMED, b""
                if not self._is_inside(address, count * self._step, tuple(Region)):
                    return Answer.OUTSIDE, b""
                return Answer.DONE, self.device.read(address, count * self._step)
            case Operation.WRITE:
                if not data or len(data) % self._step:
                    return Answer.MALFORMED, b""
                if not self._is_inside(address, len(data), WRITABLE):
                    return Answer.OUTSIDE, b""
                self.device.write(address, data)
            case Operation.START:
                if len(data) != self._step:
                    return Answer.MALFORMED, b""
                if address != self.last_start:
                    self.last_start = address
                    self.device.write(Register.CONTROL, data)
            case Operation.STATUS:
                if data:
                    return Answer.MALFORMED, b""
                known = STATUS.pack(LINK_VERSION, self.session, self.last_start)
                return Answer.DONE, known + self.device.read(Register.STATUS, self._step)
            case Operation.RESET:
                if data:
                    return Answer.MALFORMED, b""
                self.session, self.last_start = address, 0
            case _:
                return Answer.UNKNOWN, b""
        return Answer.DONE, b""

    def _is_inside(self, address: int, size: int, regions: tuple[Region, ...]) -> bool:
        number, offset = address >> 28, address & 0xFFF_FFFF
        if number not in [region.value for region in regions] or offset % self._step:
            return False
        return offset + size <= self._sizes[Region(number)]
