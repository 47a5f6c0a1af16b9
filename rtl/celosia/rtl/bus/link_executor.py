"""Does what the requests of the serial link ask for, and answers each."""

from amaranth.hdl import C, Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.bus.address_map import ADDRESS_BITS, REGION_BITS, Region, Register, region_bytes
from celosia.rtl.bus.host import HostSignature
from celosia.rtl.bus.packet import DATA_BYTES, LINK_VERSION, STATUS, Answer, Operation
from celosia.rtl.bus.packet_receiver import ReceivedPacket
from celosia.rtl.bus.packet_sender import PacketByte
from celosia.rtl.config import AcceleratorConfig

#: What a WRITE can reach.
WRITABLE = (Region.PROGRAM, Region.WEIGHTS, Region.PARAMETERS, Region.SCRATCHPAD)


class LinkExecutor(wiring.Component):
    """Turns packets into accesses of the host port, and their results into packets.

    Requests are judged before they are executed, so no request reaches beyond a memory, and none waits for a
    program. All but START can be repeated without effect, and START has a number, so a host that has seen no response
    may simply ask again.

    Parameters
    ----------
    config : AcceleratorConfig
        The machine behind the host port.

    Members
    -------
    packet : In(stream.Signature(ReceivedPacket))
        Requests; each is taken once it has been executed.
    data_address : Out(8)
        A byte of the request's data.
    data : In(8)
        That byte, 2 cycles later.
    response : Out(stream.Signature(PacketByte))
        The answers, in the order of the requests.
    host : Out(HostSignature)
        To the accelerator.
    running : In(1)
        A program runs.
    reset : Out(1)
        High for one cycle: reset the accelerator.
    rejected : Out(1)
        High for one cycle for each packet that is answered with anything but DONE.

    Raises
    ------
    TypeError
        If ``config`` is not an :class:`AcceleratorConfig`.
    """

    def __init__(self, config: AcceleratorConfig) -> None:
        if not isinstance(config, AcceleratorConfig):
            raise TypeError(f"config must be an AcceleratorConfig, not {config!r}")
        self._config = config
        super().__init__(
            {
                "packet": In(stream.Signature(ReceivedPacket)),
                "data_address": Out(range(DATA_BYTES)),
                "data": In(8),
                "response": Out(stream.Signature(PacketByte)),
                "host": Out(HostSignature(config.bus_width)),
                "running": In(1),
                "reset": Out(1),
                "rejected": Out(1),
            }
        )

    @property
    def config(self) -> AcceleratorConfig:
        """The machine behind the host port."""
        return self._config

    def elaborate(self, platform: object) -> Module:
        """Build the sequence: measure, compare, judge, write, answer, read."""
        m = Module()
        bus_bytes = self._config.bus_width // 8
        bus_bits = bus_bytes.bit_length() - 1
        header = self.packet.payload.header
        data_bytes = self.packet.payload.data_bytes
        request, response = self.host.request, self.response

        session = Signal(32)
        last_start = Signal(32)
        answer = Signal(Answer)

        # Registered in MEASURE and COMPARE: what JUDGE decides by. No region needs more bits of an offset than the
        # largest; more than a packet's data is refused, whatever its end.
        largest = max(region_bytes(self._config, region) for region in Region)
        offset_bits = max(DATA_BYTES, largest).bit_length()
        offset = header.address[:REGION_BITS]
        region = header.address[REGION_BITS:]
        length = Signal(range((1 << 16) * bus_bytes))
        end = Signal(offset_bits + 1)
        limit = Signal(offset_bits)
        may_write = Signal()
        is_outside = Signal()
        is_whole = Signal()
        m.d.comb += length.eq(Mux(header.operation == Operation.READ, header.count * bus_bytes, data_bytes))

        # The transfer: bus words from `address` on, `left` bytes of them.
        place = Signal(offset_bits)
        target = Signal(ADDRESS_BITS - REGION_BITS)
        left = Signal(range(DATA_BYTES + 1))
        word = Signal(self._config.bus_width)
        byte = Signal(range(bus_bytes))
        fetched = Signal(2)
        m.d.comb += [
            request.payload.address.eq(target << REGION_BITS | place),
            request.payload.data.eq(word),
            response.payload.value.eq(word[:8]),
        ]
        prefix = Signal(range(STATUS.size + 1))

        # From a register, because it goes everywhere.
        m.d.sync += self.reset.eq(0)

        with m.FSM():
            with m.State("MEASURE"):
                m.d.sync += [
                    end.eq(offset[:offset_bits] + length[:offset_bits]),
                    limit.eq(0),
                    may_write.eq(0),
                ]
                with m.Switch(region):
                    for known in Region:
                        with m.Case(known):
                            m.d.sync += [
                                limit.eq(region_bytes(self._config, known)),
                                may_write.eq(known in WRITABLE),
                            ]
                with m.If(self.packet.valid):
                    m.next = "COMPARE"
            with m.State("COMPARE"):
                m.d.sync += [
                    is_outside.eq((end > limit) | offset[offset_bits:].any() | (offset[:bus_bits] != 0)),
                    is_whole.eq((length[:bus_bits] == 0) & (length != 0) & (length <= DATA_BYTES)),
                ]
                m.next = "JUDGE"
            with m.State("JUDGE"):
                m.d.sync += [answer.eq(Answer.DONE), place.eq(offset), target.eq(region), left.eq(0)]
                m.d.sync += [self.data_address.eq(0), byte.eq(0), fetched.eq(0)]
                m.next = "ANSWER"
                with m.If(~self.packet.payload.intact):
                    m.d.sync += answer.eq(Answer.REJECTED)
                with m.Else():
                    with m.Switch(header.operation):
                        with m.Case(Operation.READ, Operation.WRITE):
                            is_read = header.operation == Operation.READ
                            with m.If(~is_whole | (is_read & (data_bytes != 0))):
                                m.d.sync += answer.eq(Answer.MALFORMED)
                            with m.Elif(is_outside | (~is_read & ~may_write)):
                                m.d.sync += answer.eq(Answer.OUTSIDE)
                            with m.Elif(self.running & (region != Region.REGISTERS)):
                                m.d.sync += answer.eq(Answer.BUSY)
                            with m.Else():
                                m.d.sync += left.eq(length)
                                with m.If(~is_read):
                                    m.next = "FETCH"
                        with m.Case(Operation.START):
                            with m.If(data_bytes != bus_bytes):
                                m.d.sync += answer.eq(Answer.MALFORMED)
                            with m.Elif(header.address != last_start):
                                m.d.sync += [
                                    last_start.eq(header.address),
                                    place.eq(Register.CONTROL),
                                    target.eq(Region.REGISTERS),
                                    left.eq(bus_bytes),
                                ]
                                m.next = "FETCH"
                        with m.Case(Operation.STATUS):
                            with m.If(data_bytes != 0):
                                m.d.sync += answer.eq(Answer.MALFORMED)
                            with m.Else():
                                m.d.sync += [place.eq(Register.STATUS), target.eq(Region.REGISTERS)]
                                m.d.sync += left.eq(bus_bytes)
                        with m.Case(Operation.RESET):
                            with m.If(data_bytes != 0):
                                m.d.sync += answer.eq(Answer.MALFORMED)
                            with m.Else():
                                m.d.sync += [session.eq(header.address), last_start.eq(0)]
                                m.d.sync += self.reset.eq(1)
                        with m.Default():
                            m.d.sync += answer.eq(Answer.UNKNOWN)

            # Data into the host port: one byte a cycle, after two for the buffer's latency.
            with m.State("FETCH"):
                m.d.sync += [self.data_address.eq(self.data_address + 1), fetched.eq(Cat(1, fetched[0]))]
                with m.If(fetched[1]):
                    m.d.sync += [word.eq(Cat(word[8:], self.data)), byte.eq(byte + 1), left.eq(left - 1)]
                    with m.If(byte == bus_bytes - 1):
                        # The address ran ahead by two.
                        m.d.sync += [self.data_address.eq(self.data_address - 1), fetched.eq(0)]
                        m.next = "WRITE"
            with m.State("WRITE"):
                m.d.comb += [request.valid.eq(1), request.payload.write.eq(1)]
                with m.If(request.ready):
                    m.d.sync += place.eq(place + bus_bytes)
                    m.next = "FETCH"
                    with m.If(left == 0):
                        m.next = "ANSWER"

            with m.State("ANSWER"):
                m.d.comb += [response.valid.eq(1), response.payload.value.eq(answer)]
                with m.If(response.ready):
                    m.d.comb += self.rejected.eq(answer != Answer.DONE)
                    m.next = "TAG"
            with m.State("TAG"):
                m.d.comb += [
                    response.valid.eq(1),
                    response.payload.value.eq(header.tag),
                    response.payload.last.eq(left == 0),
                ]
                m.d.sync += prefix.eq(0)
                with m.If(response.ready):
                    m.next = "READ"
                    with m.If(left == 0):
                        m.next = "TAKE"
                    with m.Elif(header.operation == Operation.STATUS):
                        m.next = "STATUS"
            with m.State("STATUS"):
                # Low byte first; the registers have turned by all their bytes in the end.
                version = C(LINK_VERSION, 32).word_select(prefix[:2], 8)
                m.d.comb += response.valid.eq(1)
                with m.Switch(prefix[2:]):
                    for number, value in enumerate((version, session[:8], last_start[:8])):
                        with m.Case(number):
                            m.d.comb += response.payload.value.eq(value)
                with m.If(response.ready):
                    m.d.sync += prefix.eq(prefix + 1)
                    with m.If(prefix[2:] == 1):
                        m.d.sync += session.eq(session.rotate_right(8))
                    with m.If(prefix[2:] == 2):
                        m.d.sync += last_start.eq(last_start.rotate_right(8))
                    with m.If(prefix == STATUS.size - 1):
                        m.next = "READ"

            # Data out of the host port.
            with m.State("READ"):
                m.d.comb += request.valid.eq(1)
                with m.If(request.ready):
                    m.d.sync += place.eq(place + bus_bytes)
                    m.next = "WORD"
            with m.State("WORD"):
                m.d.comb += self.host.response.ready.eq(1)
                with m.If(self.host.response.valid):
                    m.d.sync += word.eq(self.host.response.payload)
                    m.next = "BYTES"
            with m.State("BYTES"):
                m.d.comb += [response.valid.eq(1), response.payload.last.eq(left == 1)]
                with m.If(response.ready):
                    m.d.sync += [word.eq(word[8:]), byte.eq(byte + 1), left.eq(left - 1)]
                    with m.If(byte == bus_bytes - 1):
                        m.next = "READ"
                    with m.If(left == 1):
                        m.next = "TAKE"
            with m.State("TAKE"):
                m.d.comb += self.packet.ready.eq(1)
                m.next = "SETTLE"
            with m.State("SETTLE"):
                # A start has long shown as `running`, two cycles after CONTROL was written; a reset clears it.
                m.next = "MEASURE"
        return m
