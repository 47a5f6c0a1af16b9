"""Random bytes and packets, most of them nearly right."""

from collections.abc import Iterator

import numpy as np

from celosia.rtl.bus.address_map import Region, region_bytes
from celosia.rtl.bus.packet import DATA_BYTES, ESCAPE, FLAG, Operation, Request
from celosia.rtl.command import Opcode
from celosia.rtl.config import AcceleratorConfig

FLAG_BYTE = bytes((FLAG,))
KNOWN_OPCODES = (Opcode.MATRIX.value, Opcode.VECTOR.value)


def random_packets(
    config: AcceleratorConfig, generator: np.random.Generator, count: int, *, starts: bool
) -> Iterator[bytes]:
    """``count`` pieces of what a line may bring, each at least a packet for the board.

    Without ``starts`` no program runs, so that each answer is known.
    """
    sizes = {region: region_bytes(config, region) for region in Region}
    present = [region for region in Region if sizes[region]]
    step = config.bus_width // 8
    operations = list(Operation) if starts else [item for item in Operation if item != Operation.START]

    def address(size: int) -> int:
        kind = generator.random()
        if kind < 0.1:
            return int(generator.integers(0, 1 << 32))
        region = present[int(generator.integers(len(present)))]
        if kind < 0.4:
            # About its end.
            offset = sizes[region] - size + step * int(generator.integers(-2, 3))
        else:
            offset = step * int(generator.integers(0, sizes[region] // step))
        unaligned = int(generator.integers(1, step)) if generator.random() < 0.05 else 0
        return region.base + max(0, offset) + unaligned

    for _ in range(count):
        if starts and generator.random() < 0.03:
            yield _random_program(generator, step)
            continue
        kind = generator.random()
        if kind < 0.1:
            length = int(generator.choice([1, 3, 12, 30, 300, 600], p=[0.3, 0.3, 0.2, 0.1, 0.07, 0.03]))
            noise = generator.integers(0, 256, length).astype(np.uint8)
            yield FLAG_BYTE + noise.tobytes().replace(FLAG_BYTE, b"\0") + FLAG_BYTE
            continue
        operation = int(generator.choice(operations))
        if generator.random() < 0.02:
            operation = int(generator.integers(5, 256))
        words = int(
            generator.choice(
                [1, 2, 5, DATA_BYTES // step, DATA_BYTES // step + 1], p=[0.5, 0.3, 0.1, 0.05, 0.05]
            )
        )
        count_field, data = 0, b""
        match operation:
            case Operation.READ:
                count_field = words if generator.random() < 0.95 else int(generator.integers(0, 1 << 16))
            case Operation.WRITE:
                data = generator.choice([0, 1, 255, FLAG, ESCAPE], words * step).astype(np.uint8).tobytes()
            case Operation.START:
                data = generator.bytes(step)
        if generator.random() < 0.03:
            data = data[:-1] if data and generator.random() < 0.5 else data + b"\0"
        at = address(words * step) if operation < Operation.START else int(generator.integers(0, 1 << 32))
        packet = Request(operation, int(generator.integers(256)), count_field, at, data).encode()
        if kind < 0.2:
            place = int(generator.integers(1, len(packet) - 1))
            changed = packet[place] ^ 1 << int(generator.integers(8))
            packet = packet[:place] + bytes((changed,)) + packet[place + 1 :]
        elif kind < 0.25:
            packet = packet[: int(generator.integers(2, len(packet)))]
        yield packet


def _random_program(generator: np.random.Generator, step: int) -> bytes:
    """Begin anew with a program of a known opcode and otherwise random bits, which may wait for ever."""
    word = bytes(
        (int(generator.choice(KNOWN_OPCODES)) | int(generator.integers(16)) << 4,)
    ) + generator.bytes(63)
    start = int(generator.integers(1, 1 << 32))
    return (
        Request(Operation.RESET, 0, 0, start).encode()
        + Request(Operation.WRITE, 1, 0, Region.PROGRAM.base, word).encode()
        + Request(Operation.START, 2, 0, start, bytes(step)).encode()
    )
