"""A memory whose words are wider than the host's bus."""

from collections.abc import Sequence

from amaranth.hdl import Array, Cat, Module, Mux, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from celosia.rtl.bus.address_map import REGION_BITS
from celosia.rtl.bus.host_memory import HostMemorySignature
from celosia.rtl.config import power_of_two_at_least
from celosia.rtl.delay import delayed
from celosia.rtl.memory.port import WordReadSignature
from celosia.rtl.memory.ram import Ram
from celosia.rtl.memory.single_port_ram import SinglePortRam
from celosia.rtl.parameter import boolean

#: Words of which a block RAM of 16 Kbit holds a byte each, at least.
SLICE_WORDS = 2048


def split_word(width: int, bus_width: int) -> tuple[int, ...]:
    """Bits that each bus word holds of a dense word of ``width`` bits, lowest bits first."""
    return tuple(min(bus_width, width - low) for low in range(0, width, bus_width))


class WideMemory(wiring.Component):
    """Words that an engine reads whole and the host reads and writes in parts, one bus word each.

    To the host, a word is as many bus words as it has parts, rounded up to a power of two. A part may hold
    fewer bits than a bus word, or none; bits that no part holds read as zero. Each part is a RAM of its own,
    so that no block RAM is spent on them.

    Parameters
    ----------
    read : WordReadSignature
        Depth and shape of the words.
    parts : Sequence[int]
        Bits held by each bus word of a word, at most ``bus_width``; together a word's bits.
    bus_width : int
        Bits of a bus word: 32 or 64.
    contents : str
        What the names of the files begin with that hold the memory's contents from the start; "" for none. See
        :meth:`contents_files`.
    registered : bool
        Whether registers follow what is read: the block RAM of some FPGAs is slow. Each part is then cut into slices
        of up to :data:`SLICE_WORDS` words, and what each slice reads is in a register before one of them is chosen.
    single_port : bool
        Whether it is made of RAM with a single port, which holds nothing from the start.

    Members
    -------
    read : In(read)
        For the engine.
    host : In(HostMemorySignature(bus_width))
        For the host, ``read_latency + 1`` cycles a read. Takes precedence over ``read``.

    Raises
    ------
    TypeError
        If a part is not an integer, or ``registered`` or ``single_port`` not a bool.
    ValueError
        If ``bus_width`` is not 32 or 64, a part does not fit a bus word, they do not add up to a word, the
        host's addresses do not reach the last word, or there are ``contents`` for RAM with a single port.
    """

    def __init__(
        self,
        *,
        read: WordReadSignature,
        parts: Sequence[int],
        bus_width: int,
        contents: str = "",
        registered: bool = False,
        single_port: bool = False,
    ) -> None:
        host = HostMemorySignature(bus_width)
        for part in parts:
            if not isinstance(part, int):
                raise TypeError(f"parts must be integers, not {part!r}")
            if not 0 <= part <= bus_width:
                raise ValueError(f"parts must be in 0..{bus_width}, not {part!r}")
        width = Shape.cast(read.shape).width
        if sum(parts) != width:
            raise ValueError(f"parts must add up to the {width} bits of a word, not {parts!r}")
        stride = power_of_two_at_least(len(parts)) * bus_width // 8
        if read.words * stride > 1 << REGION_BITS:
            raise ValueError(
                f"words must be at most {(1 << REGION_BITS) // stride} of {stride} bytes, not {read.words!r}"
            )
        self._registered = boolean("registered", registered)
        self._single_port = boolean("single_port", single_port)
        if single_port and contents:
            raise ValueError(f"contents must be empty for RAM with a single port, not {contents!r}")
        self._parts = tuple(parts)
        self._words = read.words
        self._stride = stride
        self._contents = contents
        super().__init__({"read": In(read), "host": In(host)})

    @property
    def words(self) -> int:
        """Depth of the memory."""
        return self._words

    @property
    def stride(self) -> int:
        """Bytes from one word to the next in the host's addresses."""
        return self._stride

    @property
    def contents(self) -> str:
        """What the names of the files with its contents begin with; "" for none."""
        return self._contents

    def contents_files(self, image: bytes) -> dict[str, str]:
        """Files, by name, with which the memory holds ``image`` from the start.

        ``image`` is what the host would write from the memory's first address on. Raises ``ValueError`` if the memory
        was made without ``contents``, or is smaller.
        """
        if not self._contents:
            raise ValueError("contents must be given to a memory that holds something from the start")
        if len(image) > self._words * self._stride:
            raise ValueError(f"image must be at most {self._words * self._stride} bytes, not {len(image)!r}")
        bus_bytes = self.host.signature.bus_width // 8
        words = [image[at : at + self._stride] for at in range(0, len(image), self._stride)]
        files = {}
        for index, bits in enumerate(self._parts):
            low = index * bus_bytes
            values = [
                int.from_bytes(word[low : low + bus_bytes], "little") & ((1 << bits) - 1) for word in words
            ]
            for number, first in enumerate(self._slices if bits else ()):
                lines = [
                    f"{value:0{-(-bits // 4)}x}\n" for value in values[first : first + self._slice_words]
                ]
                # A file of nothing would leave the slice undefined where others are zero.
                files[self._file(index, number)] = "".join(lines or [f"{0:x}\n"])
        return files

    @property
    def _slice_words(self) -> int:
        return SLICE_WORDS if self._registered else self._words

    @property
    def _slices(self) -> range:
        """The first word of each slice."""
        return range(0, self._words, self._slice_words)

    def _file(self, part: int, slice_number: int) -> str:
        name = f"{self._contents}_{part}" + (f"_{slice_number}" if len(self._slices) > 1 else "")
        return f"{name}.hex" if self._contents else ""

    @property
    def registered(self) -> bool:
        """Whether a register follows what is read."""
        return self._registered

    @property
    def single_port(self) -> bool:
        """Whether it is made of RAM with a single port."""
        return self._single_port

    @property
    def read_latency(self) -> int:
        """Cycles from ``read.enable`` to ``read.data``."""
        return Ram.read_latency + self._registered

    def elaborate(self, platform: object) -> Module:
        """Build one RAM a part, and the host's selection among them."""
        m = Module()
        bus_bytes = self.host.signature.bus_width // 8
        word_lsb = self._stride.bit_length() - 1
        host_part = self.host.address[bus_bytes.bit_length() - 1 : word_lsb]
        host_word = self.host.address[word_lsb:]

        address = Signal.like(self.read.address)
        enable = Signal()
        write = Signal()
        m.d.comb += [
            address.eq(Mux(self.host.read, host_word, self.read.address)),
            # Never in the cycle of a write: the RAM then needs no logic for a read of the word being written.
            enable.eq((self.host.read | self.read.enable) & ~self.host.write),
            write.eq(self.host.write & ~host_word[len(address) :].any()),
        ]

        wanted_part = Signal.like(host_part)
        m.d.comb += wanted_part.eq(host_part)
        selected_part = delayed(m, wanted_part, self.read_latency)
        reading = delayed(m, self.host.read, self.read_latency)
        m.d.sync += [self.host.read_valid.eq(reading), self.host.read_data.eq(0)]

        # The slice whose word is read, and later in its register
        slice_bits = (self._slice_words - 1).bit_length()
        chosen = Signal(len(address[slice_bits:]))
        if len(self._slices) > 1:
            read_slice = Signal.like(chosen)
            with m.If(enable):
                m.d.sync += read_slice.eq(address[slice_bits:])
            m.d.sync += chosen.eq(read_slice)

        word = []
        for index, bits in enumerate(self._parts):
            if bits == 0:
                continue
            choices = []
            for number, first in enumerate(self._slices):
                name = f"part_{index}" + (f"_slice_{number}" if len(self._slices) > 1 else "")
                depth = min(self._slice_words, self._words - first)
                writes = write & (host_part == index)
                if len(self._slices) > 1:
                    writes &= host_word[slice_bits : len(address)] == number
                ram: Ram | SinglePortRam
                if self._single_port:
                    ram = SinglePortRam(width=bits, depth=depth)
                    m.d.comb += [
                        ram.address.eq(Mux(self.host.write, host_word, address)),
                        ram.enable.eq(enable | writes),
                        ram.write.eq(self.host.write),
                    ]
                else:
                    ram = Ram(width=bits, depth=depth, contents=self._file(index, number))
                    m.d.comb += [
                        ram.read_address.eq(address),
                        ram.read_enable.eq(enable),
                        ram.write_address.eq(host_word),
                        ram.write_enable.eq(writes),
                    ]
                m.submodules[name] = ram
                m.d.comb += ram.write_data.eq(self.host.write_data)
                choices.append(ram.read_data)
                if self._registered:
                    choices[-1] = Signal(bits, name=f"held_{index}_{number}", reset_less=True)
                    m.d.sync += choices[-1].eq(ram.read_data)
            part = Array(choices)[chosen] if len(choices) > 1 else choices[0]
            with m.If(reading & (selected_part == index)):
                m.d.sync += self.host.read_data.eq(part)
            word.append(part)
        m.d.comb += self.read.data.eq(Cat(word))
        return m
