"""From bytes on a line to packets."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.crc.catalog import CRC32_ISO_HDLC
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from celosia.rtl.bus.address_map import ADDRESS_BITS
from celosia.rtl.bus.packet import CRC_BYTES, DATA_BYTES, ESCAPE, ESCAPE_BIT, FLAG, REQUEST_BYTES


class RequestHeader(data.Struct):
    """The fixed part of a request, as :data:`~celosia.rtl.bus.packet.REQUEST` has it."""

    operation: 8
    tag: 8
    count: 16
    address: ADDRESS_BITS


#: Bytes of the largest packet, and one more for all that are too large.
MOST_BYTES = REQUEST_BYTES + DATA_BYTES + CRC_BYTES + 1


class ReceivedPacket(data.Struct):
    """One packet. Unless it is ``intact``, the rest says nothing."""

    intact: 1
    header: RequestHeader
    data_bytes: range(DATA_BYTES + 1)


class PacketReceiver(wiring.Component):
    """Takes bytes, removes escapes, and checks the length and CRC of each packet.

    A byte takes ten cycles, two to see what it is and one for each bit that the CRC takes in, which is fewer than a
    line needs for it; flags and escapes take three. Nothing is done with one while a packet is on offer. Flags that
    follow each other are no packet.

    Members
    -------
    bytes : In(stream.Signature(8))
        What the line brings.
    packet : Out(stream.Signature(ReceivedPacket))
        A packet, intact or not, from 3 cycles after the flag that ends it.
    data_address : In(8)
        A byte of the offered packet's data.
    data : Out(8)
        That byte, 2 cycles later.
    """

    bytes: In(stream.Signature(8))
    packet: Out(stream.Signature(ReceivedPacket))
    data_address: In(range(DATA_BYTES))
    data: Out(8)

    def elaborate(self, platform: object) -> Module:
        """Build the byte counter, the CRC register and the buffer."""
        m = Module()
        m.submodules.crc = crc = CRC32_ISO_HDLC(1).create()
        m.submodules.buffer = buffer = Memory(shape=unsigned(8), depth=DATA_BYTES, init=[])
        write, read = buffer.write_port(), buffer.read_port()

        # Behind a register, because block RAM may be slow, and far away.
        m.d.sync += self.data.eq(read.data)

        # A byte waits in a register, and then with what it is: it may come from a slow memory. Bytes come far apart.
        byte = Signal(8)
        present = Signal()
        known = Signal()
        is_flag = Signal()
        is_escape = Signal()
        done = Signal()
        m.d.comb += self.bytes.ready.eq(~present)
        with m.If(self.bytes.valid & self.bytes.ready):
            m.d.sync += [byte.eq(self.bytes.payload), present.eq(1)]
        with m.Elif(done):
            m.d.sync += present.eq(0)
        m.d.sync += [known.eq(present & ~done), is_flag.eq(byte == FLAG), is_escape.eq(byte == ESCAPE)]

        escaped = Signal()
        value = Signal(8)
        bit = Signal(range(8))
        byte_ends = Signal()
        count = Signal(range(MOST_BYTES + 1))
        header = Signal(8 * REQUEST_BYTES)
        offered = Signal()
        index = count - REQUEST_BYTES

        m.d.comb += [
            done.eq(known & ~offered & (is_flag | is_escape | (bit == 7))),
            value.eq(byte ^ Mux(escaped, ESCAPE_BIT, 0)),
            crc.data.eq(value.bit_select(bit, 1)),
            crc.valid.eq(known & ~offered & ~is_flag & ~is_escape),
            byte_ends.eq(crc.valid & (bit == 7)),
            write.addr.eq(index),
            write.data.eq(value),
            # The CRC that follows the largest packet's data finds no room there, and needs none.
            write.en.eq(byte_ends & (count >= REQUEST_BYTES) & (count < REQUEST_BYTES + DATA_BYTES)),
            read.addr.eq(self.data_address),
            self.packet.valid.eq(offered),
            self.packet.payload.header.eq(header),
        ]
        with m.If(crc.valid):
            m.d.sync += bit.eq(bit + 1)
        with m.If(byte_ends):
            m.d.sync += escaped.eq(0)
            with m.If(count != MOST_BYTES):
                m.d.sync += count.eq(count + 1)
            with m.If(count < REQUEST_BYTES):
                m.d.sync += header.eq(Cat(header[8:], value))
        with m.Elif(done & is_escape):
            m.d.sync += escaped.eq(1)
        with m.Elif(done & is_flag):
            m.d.sync += [
                offered.eq(escaped | (count != 0)),
                self.packet.payload.intact.eq(
                    crc.match_detected
                    & ~escaped
                    & (count >= REQUEST_BYTES + CRC_BYTES)
                    & (count < MOST_BYTES)
                ),
                self.packet.payload.data_bytes.eq(index - CRC_BYTES),
            ]
        with m.If(offered & self.packet.ready):
            m.d.comb += crc.start.eq(1)
            m.d.sync += [offered.eq(0), count.eq(0), escaped.eq(0)]
        return m
