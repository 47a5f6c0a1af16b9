"""The activation memory: bytes in banks, read and written as vectors at any address."""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from celosia.rtl.bus.host_memory import HostMemorySignature
from celosia.rtl.delay import delayed
from celosia.rtl.memory.ram import Ram
from celosia.rtl.memory.rotate import rotate_left
from celosia.rtl.memory.scratchpad_address import BankAddress
from celosia.rtl.memory.scratchpad_arbiter import BankArbiter
from celosia.rtl.memory.scratchpad_port import (
    SCRATCHPAD_ADDRESS_BITS,
    ScratchpadReadSignature,
    ScratchpadWriteSignature,
)
from celosia.rtl.memory.scratchpad_reader import ScratchpadReader
from celosia.rtl.parameter import boolean, integer


def read_latency(*, registered: bool) -> int:
    """Cycles from ``valid & ready`` to ``data``, for every reader."""
    return Ram.read_latency + ScratchpadReader.latency + 2 * registered


class Scratchpad(wiring.Component):
    """A byte-addressed memory with several unaligned vector readers, one unaligned vector writer and a host.

    Word w lies in bank ``w mod banks``. A vector that fits into one word needs one bank, any other needs
    that and the next one. Each bank reads one word and writes one word a cycle; readers that need the same
    bank are granted in turns (:class:`~celosia.rtl.memory.scratchpad_arbiter.BankArbiter`), the writer never
    waits. A byte written in cycle t is seen by reads granted from cycle t + 1; to a read granted in cycle t, it
    is anything. (Nobody reads it then: who overwrites a byte waits for its readers.)

    A read takes a cycle in the banks, one to pick each byte lane's bank, and one to rotate the first byte to
    the front. With registers, it takes one more to the banks, as what is written does, and one to registers behind
    them.

    Parameters
    ----------
    total_bytes : int
        Size; a multiple of ``banks * word_bytes``, at most 2^24.
    banks : int
        Number of banks; a power of two, at least 2.
    word_bytes : int
        Bytes of a bank's word; a power of two, at least every width and a bus word.
    read_widths : Sequence[int]
        Bytes of each reader's vectors.
    write_width : int
        Bytes of the writer's vectors.
    bus_width : int
        Bits of the host's bus word: 32 or 64.
    registered : bool
        Whether there are registers in front of the banks and behind them: for block RAM that is slow, or so much of it
        that some is far away.

    Members
    -------
    read_0, read_1, ... : In(ScratchpadReadSignature(read_widths[i], banks=banks))
        The readers, also as the tuple ``readers``.
    write : In(ScratchpadWriteSignature(write_width))
        The writer.
    host : In(HostMemorySignature(bus_width))
        For the host, ``read_latency`` cycles a read. It takes the widest reader's and the writer's place, so
        nobody else may use the scratchpad in the cycle of a request.

    Raises
    ------
    TypeError
        If a size is not an integer, ``read_widths`` not a sequence of integers, or ``registered`` not a bool.
    ValueError
        If a parameter is outside what is said above.
    """

    #: Cycles from a write until reads that are granted see it.
    write_latency = 1

    def __init__(
        self,
        *,
        total_bytes: int,
        banks: int,
        word_bytes: int,
        read_widths: Sequence[int],
        write_width: int,
        bus_width: int,
        registered: bool = False,
    ) -> None:
        host = HostMemorySignature(bus_width)
        write = ScratchpadWriteSignature(write_width)
        for name, value, least in (("banks", banks, 2), ("word_bytes", word_bytes, 1)):
            if integer(name, value) < least or value & (value - 1):
                raise ValueError(f"{name} must be a power of two and at least {least}, not {value!r}")
        readers = [ScratchpadReadSignature(width, banks=banks) for width in read_widths]
        if not readers:
            raise ValueError(f"read_widths must name at least one reader, not {read_widths!r}")
        widest = max(*read_widths, write_width, bus_width // 8)
        if word_bytes < widest:
            raise ValueError(f"word_bytes must be at least {widest}, the widest access, not {word_bytes!r}")
        line, most = banks * word_bytes, 1 << SCRATCHPAD_ADDRESS_BITS
        if not 0 < integer("total_bytes", total_bytes) <= most or total_bytes % line:
            raise ValueError(
                f"total_bytes must be a multiple of {line} (banks * word_bytes) in {line}..{most},"
                f" not {total_bytes!r}"
            )
        self._total_bytes = total_bytes
        self._banks = banks
        self._word_bytes = word_bytes
        self._read_widths = tuple(read_widths)
        self._write_width = write_width
        self._bus_width = bus_width
        self._registered = boolean("registered", registered)
        members = {f"read_{index}": In(reader) for index, reader in enumerate(readers)}
        super().__init__({**members, "write": In(write), "host": In(host)})

    @property
    def total_bytes(self) -> int:
        """Size in bytes."""
        return self._total_bytes

    @property
    def banks(self) -> int:
        """Number of banks."""
        return self._banks

    @property
    def word_bytes(self) -> int:
        """Bytes of a bank's word."""
        return self._word_bytes

    @property
    def read_widths(self) -> tuple[int, ...]:
        """Bytes of each reader's vectors."""
        return self._read_widths

    @property
    def write_width(self) -> int:
        """Bytes of the writer's vectors."""
        return self._write_width

    @property
    def bus_width(self) -> int:
        """Bits of the host's bus word."""
        return self._bus_width

    @property
    def registered(self) -> bool:
        """Whether there are registers behind the banks."""
        return self._registered

    @property
    def read_latency(self) -> int:
        """Cycles from ``valid & ready`` to ``data``, for every reader."""
        return read_latency(registered=self._registered)

    @property
    def readers(self) -> tuple[Any, ...]:
        """The readers' ports, in the order of ``read_widths``."""
        return tuple(getattr(self, f"read_{index}") for index in range(len(self._read_widths)))

    def elaborate(self, platform: object) -> Module:
        """Build the banks, and between them and the ports the readers' and the writer's paths."""
        m = Module()
        depth = self._total_bytes // (self._banks * self._word_bytes)
        banks = [
            Ram(width=8 * self._word_bytes, depth=depth, granularity=8, reads_old=False)
            for _ in range(self._banks)
        ]
        for index, bank in enumerate(banks):
            m.submodules[f"bank_{index}"] = bank
        self._connect_readers(m, banks)
        self._connect_writer(m, banks)
        return m

    def _connect_readers(self, m: Module, banks: list[Ram]) -> None:
        m.submodules.arbiter = arbiter = BankArbiter(readers=len(self._read_widths), banks=self._banks)
        words = [bank.read_data for bank in banks]
        if self._registered:
            words = [
                Signal(len(word), name=f"held_{index}", reset_less=True) for index, word in enumerate(words)
            ]
            m.d.sync += [word.eq(bank.read_data) for word, bank in zip(words, banks, strict=True)]
        host_reader = self._read_widths.index(max(self._read_widths))
        addresses = []
        for index, (port, port_width) in enumerate(zip(self.readers, self._read_widths, strict=True)):
            width, byte_address = port_width, port.address
            if index == host_reader:
                width = max(port_width, self._bus_width // 8)
                byte_address = Mux(self.host.read, self.host.address, port.address)
            m.submodules[f"reader_{index}"] = reader = ScratchpadReader(
                width=width,
                banks=self._banks,
                word_bytes=self._word_bytes,
                registered=self._registered,
            )
            # The host reads when nobody else does, so it need not take part in deciding who may.
            address = BankAddress.split(port.address, banks=self._banks, word_bytes=self._word_bytes)
            addresses.append(address)
            m.d.comb += [
                reader.address.eq(delayed(m, byte_address, int(self._registered), reset_less=True)),
                arbiter.valid[index].eq(port.valid),
                arbiter.needs[index].eq(port.needs),
                port.ready.eq(arbiter.grant[index]),
                port.data.eq(reader.data.as_value()),
            ]
            for bank_index, word in enumerate(words):
                m.d.comb += reader.words[bank_index].eq(word)
            if index == host_reader:
                read_data = reader.data.as_value()

        host = BankAddress.split(self.host.address, banks=self._banks, word_bytes=self._word_bytes)
        for bank_index, bank in enumerate(banks):
            is_read = arbiter.owner[bank_index].any() | self.host.read
            row = Signal(len(bank.read_address), name=f"read_row_{bank_index}")
            for index, address in enumerate(addresses):
                with m.If(arbiter.owner[bank_index][index]):
                    m.d.comb += row.eq(address.row_in(bank_index))
            with m.If(self.host.read):
                m.d.comb += row.eq(host.row_in(bank_index))
            m.d.comb += [
                bank.read_enable.eq(delayed(m, is_read, int(self._registered))),
                bank.read_address.eq(delayed(m, row, int(self._registered), reset_less=True)),
            ]

        host_reading = Signal(self.read_latency)
        m.d.sync += host_reading.eq(Cat(self.host.read, host_reading))
        m.d.comb += [
            self.host.read_valid.eq(host_reading[-1]),
            self.host.read_data.eq(Mux(host_reading[-1], read_data, 0)),
        ]

    def _connect_writer(self, m: Module, banks: list[Ram]) -> None:
        byte_address = Signal(SCRATCHPAD_ADDRESS_BITS)
        vector = Signal(8 * self._word_bytes)
        enable = Signal(self._word_bytes)
        m.d.comb += [
            byte_address.eq(Mux(self.host.write, self.host.address, self.write.address)),
            vector.eq(Mux(self.host.write, self.host.write_data, self.write.data.as_value())),
            enable.eq(Mux(self.host.write, (1 << self._bus_width // 8) - 1, self.write.enable)),
        ]
        address = BankAddress.split(byte_address, banks=self._banks, word_bytes=self._word_bytes)

        word = Signal(8 * self._word_bytes)
        word_enable = Signal(self._word_bytes)
        first = Signal(self._word_bytes)
        rest = Signal(self._word_bytes)
        m.d.comb += [
            word.eq(rotate_left(m, vector, address.offset, unit=8)),
            word_enable.eq(rotate_left(m, enable, address.offset, unit=1)),
            first.eq(word_enable & ~address.before_offset),
            rest.eq(word_enable & address.before_offset),
        ]
        for index, bank in enumerate(banks):
            lanes = Mux(address.holds_first[index], first, Mux(address.holds_rest[index], rest, 0))
            enabled = Mux(address.row_is_below(index, bank.depth), lanes, 0)
            m.d.comb += [
                bank.write_address.eq(
                    delayed(m, address.row_in(index), int(self._registered), reset_less=True)
                ),
                bank.write_data.eq(delayed(m, word, int(self._registered), reset_less=True)),
                bank.write_enable.eq(delayed(m, enabled, int(self._registered))),
            ]
