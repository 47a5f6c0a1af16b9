"""From packets to bytes on a line."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.crc.catalog import CRC32_ISO_HDLC
from amaranth.lib.wiring import In, Out

from celosia.rtl.bus.packet import CRC_BYTES, ESCAPE, ESCAPE_BIT, FLAG


class PacketByte(data.Struct):
    """A byte of a packet, and whether it is its last."""

    value: 8
    last: 1


class PacketSender(wiring.Component):
    """Adds flags, escapes and the CRC to packets.

    Each byte of the content waits eight cycles, one for each bit that the CRC takes in, which is fewer than a line
    needs for it; those of the CRC wait one.

    Members
    -------
    content : In(stream.Signature(PacketByte))
        The bytes of a packet; each has at least one.
    bytes : Out(stream.Signature(8))
        What goes to the line.
    """

    content: In(stream.Signature(PacketByte))
    bytes: Out(stream.Signature(8))

    def elaborate(self, platform: object) -> Module:
        """Build the sequence flag, content, CRC, flag."""
        m = Module()
        m.submodules.crc = crc = CRC32_ISO_HDLC(1).create()
        escaping = Signal()
        plain = Signal(8)
        bit = Signal(range(8 + 1))
        absorbed = bit[3]  # the CRC has taken in the byte of the content
        crc_byte = Signal(range(CRC_BYTES))
        # From a register: a byte waits long enough, and whether it is taken is known late in a cycle.
        is_special = Signal()
        settled = Signal()
        sent = self.bytes.valid & self.bytes.ready
        m.d.sync += [is_special.eq((plain == FLAG) | (plain == ESCAPE)), settled.eq(~sent)]
        # `plain` has gone out, after its escape if it needs one.
        passed = Signal()

        m.d.comb += [
            crc.data.eq(plain.bit_select(bit[:3], 1)),
            self.bytes.payload.eq(plain),
            passed.eq(sent & (~is_special | escaping)),
        ]
        with m.If(escaping):
            m.d.comb += self.bytes.payload.eq(plain ^ ESCAPE_BIT)
        with m.Elif(is_special):
            m.d.comb += self.bytes.payload.eq(ESCAPE)

        with m.FSM():
            with m.State("BEGIN"):
                m.d.comb += [self.bytes.valid.eq(self.content.valid), self.bytes.payload.eq(FLAG)]
                with m.If(sent):
                    m.d.comb += crc.start.eq(1)
                    m.next = "CONTENT"
            with m.State("CONTENT"):
                m.d.comb += [
                    self.bytes.valid.eq(self.content.valid & absorbed),
                    plain.eq(self.content.payload.value),
                    self.content.ready.eq(passed),
                    crc.valid.eq(self.content.valid & ~absorbed),
                ]
                with m.If(crc.valid):
                    m.d.sync += bit.eq(bit + 1)
                with m.If(sent):
                    m.d.sync += escaping.eq(~passed)
                with m.If(passed):
                    m.d.sync += bit.eq(0)
                with m.If(passed & self.content.payload.last):
                    m.next = "CRC"
            with m.State("CRC"):
                m.d.comb += [self.bytes.valid.eq(settled), plain.eq(crc.crc.word_select(crc_byte, 8))]
                with m.If(sent):
                    m.d.sync += escaping.eq(~passed)
                with m.If(passed):
                    m.d.sync += crc_byte.eq(crc_byte + 1)
                    with m.If(crc_byte == CRC_BYTES - 1):
                        m.next = "END"
            with m.State("END"):
                m.d.comb += [self.bytes.valid.eq(1), self.bytes.payload.eq(FLAG)]
                with m.If(sent):
                    m.next = "BEGIN"
        return m
