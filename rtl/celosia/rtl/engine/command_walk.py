"""What every engine that walks a loop nest does with its commands."""

from amaranth.hdl import Module, Mux, ShapeLike, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.control.timeline import TIMELINE_LAYOUT, TimelineGate
from celosia.rtl.parameter import boolean
from celosia.rtl.stream_buffer import StreamBuffer


class CommandWalk(wiring.Component):
    """Takes one command after the other, and makes it a request a cycle of what its loop nest says.

    A command is taken when the one before makes its last request, so that their requests follow each other
    without a gap; whatever it waits for, its loops and addresses are then ready, and its first request is
    made as soon as the timeline allows. A command taken in cycle t makes it in cycle t + 1 at the earliest, and
    offers it in t + 2. Whether the timeline allows it is known from a register, which looks at the counts of the cycle
    before. Requests are made into a :class:`~celosia.rtl.stream_buffer.StreamBuffer`,
    so loops and commands go on without knowing whether a request is granted in the same cycle.

    Without ``holds``, there is no register for the command: it stays on offer, and begins in cycle t likewise, but is
    taken with its last request.

    Parameters
    ----------
    command : data.StructLayout
        The engine's command; it has a ``header``.
    request : ShapeLike
        Format of a request.
    timeline_bits : int
        Bits of the timeline's counts.
    holds : bool
        Whether the command that is walked is held here.

    Members
    -------
    command : In(stream.Signature(command))
        Commands to walk.
    timeline : In(TIMELINE_LAYOUT)
        Commands that each engine has retired.
    load : Out(1)
        With ``step``: the loop nest begins the command on offer in the next cycle, instead of going on.
    step : Out(1)
        A request is made, and the loop nest goes on in the next cycle; or there is none, and it only begins.
    present : Out(command)
        The command being walked.
    starts : Out(1)
        No request of it has been made.
    last : In(1)
        The loop nest is at its last iteration.
    request : In(request)
        What the loop nest asks for.
    prepared : In(1)
        Nothing but the timeline keeps the present command from its first request.
    requests : Out(stream.Signature(request))
        The requests of each command in loop order.
    waiting : Out(1)
        No request is on offer, because the present command waits for the timeline.
    busy : Out(1)
        A command is being walked, or a request is on offer.
    """

    def __init__(
        self, *, command: type[data.Struct], request: ShapeLike, timeline_bits: int, holds: bool
    ) -> None:
        self._timeline_bits = timeline_bits
        self._holds = boolean("holds", holds)
        super().__init__(
            {
                "command": In(stream.Signature(command)),
                "timeline": In(TIMELINE_LAYOUT),
                "load": Out(1),
                "step": Out(1),
                "present": Out(command),
                "starts": Out(1),
                "last": In(1),
                "request": In(request),
                "prepared": In(1),
                "requests": Out(stream.Signature(request)),
                "waiting": Out(1),
                "busy": Out(1),
            }
        )

    @property
    def timeline_bits(self) -> int:
        """Bits of the timeline's counts."""
        return self._timeline_bits

    @property
    def holds(self) -> bool:
        """Whether the command that is walked is held here."""
        return self._holds

    def elaborate(self, platform: object) -> Module:
        """Build the command's register and state, its gate, and the buffer."""
        m = Module()
        # Of the present command, and of the one that may become it: which it is in the next cycle is known too late in
        # this one to choose what is compared.
        m.submodules.gate = gate = TimelineGate(bits=self._timeline_bits)
        m.submodules.next_gate = next_gate = TimelineGate(bits=self._timeline_bits)
        m.submodules.buffer = buffer = StreamBuffer(shape=self.request.shape())
        walking = Signal()
        passed = Signal()
        may_request = Signal()
        m.d.sync += passed.eq(Mux(self.step & self.load, next_gate.passed, gate.passed))
        m.d.comb += [
            gate.header.eq(self.present.header),
            gate.counts.eq(self.timeline),
            next_gate.header.eq(self.command.payload.header),
            next_gate.counts.eq(self.timeline),
            may_request.eq(walking & (~self.starts | (passed & self.prepared))),
            buffer.input.valid.eq(may_request),
            buffer.input.payload.eq(self.request),
            # What the registers of loops and addresses take does not depend on whether there is a command on offer;
            # without one, nobody looks at them.
            self.load.eq(~walking | (self.last & self._holds)),
            self.step.eq(~walking | (may_request & buffer.input.ready)),
            self.busy.eq(walking | self.requests.valid),
            self.waiting.eq(walking & self.starts & self.prepared & ~passed & ~self.requests.valid),
        ]
        wiring.connect(m, buffer.output, wiring.flipped(self.requests))
        with m.If(self.step):
            m.d.sync += self.starts.eq(self.load)
            with m.If(self.load):
                m.d.sync += walking.eq(self.command.valid)
        if self._holds:
            m.d.comb += self.command.ready.eq(self.load & self.step)
            with m.If(self.step & self.load):
                m.d.sync += self.present.eq(self.command.payload)
        else:
            m.d.comb += [
                self.command.ready.eq(walking & self.last & self.step),
                self.present.eq(self.command.payload),
            ]
            with m.If(self.command.ready):
                m.d.sync += walking.eq(0)
        return m
