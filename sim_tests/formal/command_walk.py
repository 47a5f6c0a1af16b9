"""How engines issue their commands: each once, in order, after its waits; each to the loader and to the streamer."""

from typing import Any

from amaranth.hdl import Assert, Assume, Cat, Module, Signal, Value
from amaranth.lib import data

from celosia.rtl.command import TIMELINE_BITS
from celosia.rtl.engine.command_handover import CommandHandover
from celosia.rtl.engine.command_walk import CommandWalk
from sim_tests.formal.prove import Properties

#: Requests are numbered with so many bits: more numbers than a walk has room for.
NUMBER_BITS = 4


class WalkProperties(Properties):
    """For any commands, offered in any cycle, any timeline, loop nests of any length, requests granted in any cycle.

    The timeline is that of the cycle before: it never falls while there are commands.

    Requests carry their number, and are not looked at, so this stands for any.

    - A command begins only when the one before has made its last request: none is lost, or cut short. It is taken then,
      or, if it is not held, with its last request.
    - No request of a command is made before the timeline has reached everything it waits for, or before it is prepared.
    - Requests are made of the command that began last; its first one, and no other, is marked so.
    - Requests come out in order, none lost or repeated; one that is offered stays until it is taken.
    - A walk without a command begins one at once; a command whose waits are over, and that is prepared, makes a
      request as soon as there is room, and there is room unless two wait.

    Parameters
    ----------
    command : type of data.Struct
        The engine's command.
    holds : bool
        Whether the walk holds its command.
    """

    def __init__(self, *, command: type[data.Struct], holds: bool) -> None:
        self._walk = CommandWalk(
            command=command, request=NUMBER_BITS, timeline_bits=TIMELINE_BITS, holds=holds
        )
        super().__init__(self._walk)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit."""
        m, inside = self.surround(platform)
        walk: Any = self._walk
        begins = walk.command.valid & walk.load & walk.step
        made = Signal()
        latest = Signal.like(Value.cast(walk.command.payload))
        owes, fresh = (
            Signal(),
            Signal(),
        )  # the command that began last will make requests; it has made none
        m.d.comb += made.eq(inside["input__valid"] & inside["buffer.input__ready"])
        with m.If(begins):
            m.d.sync += [latest.eq(Value.cast(walk.command.payload)), owes.eq(1), fresh.eq(1)]
        with m.Elif(made):
            m.d.sync += [owes.eq(~walk.last), fresh.eq(0)]

        def are_over(header: Any) -> Value:
            waits = (header.wait_matrix, header.wait_vector, header.wait_depthwise)
            return Cat(count >= wait for count, wait in zip(walk.timeline, waits, strict=True)).all()

        over = Signal()  # the waits of the command that began last, in the cycle before
        with m.If(begins):
            m.d.sync += over.eq(are_over(walk.command.payload.header))
        with m.Else():
            m.d.sync += over.eq(are_over(data.View(walk.command.payload.shape(), latest).header))
        m.d.comb += [
            Assert(~(begins & owes) | (made & walk.last)),
            Assert(~made | owes),
            Assert(~(made & fresh) | (over & walk.prepared)),
            Assert(~made | (walk.starts == fresh)),
            Assert(~owes | (Value.cast(walk.present) == latest)),
            Assert(owes | (walk.load & walk.step)),
            Assert(~(owes & ((over & walk.prepared) | ~fresh)) | inside["input__valid"]),
            # What makes it inductive.
            Assert(inside["walking"] == owes),
            Assert(~owes | (inside["passed"] == over)),
            Assert(~owes | (walk.starts == fresh)),
        ]
        taken = walk.command.valid & walk.command.ready
        if walk.holds:
            m.d.comb += Assert(taken == begins)
        else:
            offered, waiting = stays_on_offer(m, walk.command)
            m.d.comb += [
                Assert(taken == (made & walk.last)),
                Assert(~owes | (offered & (waiting == latest))),
            ]
        self._check_order(m, inside, made)
        return m

    def _check_order(self, m: Module, inside: dict[str, Signal], made: Value) -> None:
        requests: Any = self._walk.requests
        sent, delivered, waiting = Signal(NUMBER_BITS), Signal(NUMBER_BITS), Signal(NUMBER_BITS)
        offered = Signal()
        m.d.comb += [Assume(self._walk.request == sent), waiting.eq(sent - delivered)]
        m.d.sync += [
            sent.eq(sent + made),
            delivered.eq(delivered + (requests.valid & requests.ready)),
            offered.eq(requests.valid & ~requests.ready),
        ]
        m.d.comb += [
            Assert(waiting <= 2),
            Assert(requests.valid == (waiting != 0)),
            Assert(~requests.valid | (requests.payload == delivered)),
            Assert(~offered | requests.valid),
            Assert(inside["buffer.input__ready"] == (waiting != 2)),
            Assert((waiting != 2) | (inside["buffer.spare"] == (delivered + 1)[:NUMBER_BITS])),
        ]


def stays_on_offer(m: Module, offers: Any) -> tuple[Value, Value]:
    """Assume that what a stream offers stays until it is taken; return whether something was not taken, and what."""
    waits = Signal()
    waiting = Signal.like(Value.cast(offers.payload))
    m.d.sync += [waits.eq(offers.valid & ~offers.ready), waiting.eq(Value.cast(offers.payload))]
    m.d.comb += Assume(~waits | (offers.valid & (Value.cast(offers.payload) == waiting)))
    return waits, waiting


class HandoverProperties(Properties):
    """For commands that are offered until they are taken, and a loader and a streamer that have room in any cycle.

    - The loader takes each command once, the streamer too, not before the loader.
    - A command is taken when both have it, and no other way.
    - What has room for a command that is offered gets it at once: the loader, and after it the streamer.
    """

    def __init__(self) -> None:
        self._handover = CommandHandover()
        super().__init__(self._handover)

    def elaborate(self, platform: object) -> Module:
        """Build the properties around the unit."""
        m, inside = self.surround(platform)
        unit = self._handover
        loaded, offered = Signal(), Signal()  # the loader has the command on offer; it was on offer before
        loads = unit.loader_valid & unit.loader_ready
        streams = unit.streamer_valid & unit.streamer_ready
        taken = unit.command_valid & unit.command_ready
        m.d.comb += Assume(~offered | unit.command_valid)
        m.d.sync += [offered.eq(unit.command_valid & ~taken), loaded.eq((loaded | loads) & ~taken)]
        m.d.comb += [
            Assert(~(loads & loaded)),
            Assert(~loads | unit.command_valid),
            Assert(taken == streams),
            Assert(~taken | loaded | loads),
            Assert(~(unit.command_valid & unit.loader_ready) | loaded | loads),
            Assert(~(unit.command_valid & unit.streamer_ready & (loaded | loads)) | taken),
            Assert(inside["loader_has_it"] == loaded),
        ]
        return m
