"""How an engine with weights gives its commands to its loader and its streamer, and what its cycles are spent on."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from celosia.rtl.engine.status import EngineStatus, report


class CommandHandover(wiring.Component):
    """Gives each command once to the loader, as soon as that has room, and once to the streamer, then or later.

    Members
    -------
    command_valid : In(1)
        There is a command.
    command_ready : Out(1)
        Both have taken it, or do in this cycle.
    loader_valid, streamer_valid : Out(1)
        It is on offer to the one and the other.
    loader_ready, streamer_ready : In(1)
        They have room for it.
    issued : In(1)
        The engine issues work.
    refused : In(1)
        Work was refused by the scratchpad.
    waiting : In(1)
        Nothing is ready to issue, because a command waits for the timeline.
    busy : In(1)
        There is a command beside the one on offer.
    status : Out(EngineStatus)
        What this cycle is spent on.
    """

    command_valid: In(1)
    command_ready: Out(1)
    loader_valid: Out(1)
    loader_ready: In(1)
    streamer_valid: Out(1)
    streamer_ready: In(1)
    issued: In(1)
    refused: In(1)
    waiting: In(1)
    busy: In(1)
    status: Out(EngineStatus, init=EngineStatus.EMPTY)

    def elaborate(self, platform: object) -> Module:
        """Remember whether the loader has the command on offer."""
        m = Module()
        loader_has_it = Signal()
        loaded_now = Signal()
        m.d.comb += [
            self.loader_valid.eq(self.command_valid & ~loader_has_it),
            loaded_now.eq(loader_has_it | self.loader_ready),
            self.streamer_valid.eq(self.command_valid & loaded_now),
            self.command_ready.eq(self.streamer_ready & loaded_now),
        ]
        with m.If(self.command_valid):
            m.d.sync += loader_has_it.eq(loaded_now & ~self.streamer_ready)

        report(
            m,
            self.status,
            issued=self.issued,
            refused=self.refused,
            waiting=self.waiting,
            has_command=self.busy | self.command_valid,
        )
        return m
