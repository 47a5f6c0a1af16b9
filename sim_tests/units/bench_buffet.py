"""Buffet against a list of words: every access is taken exactly when it can be, and sees what it must."""

from dataclasses import dataclass, field
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge

from sim_tests.support.bench import parameters, random_generator, start
from sim_tests.support.coverage import Coverage

#: Input streams, and how busy they are for each number that a test gives.
INPUTS = ("fill", "read", "update", "shrink") if parameters()["updates"] else ("fill", "read", "shrink")

SITUATIONS = (
    "full",
    "empty",
    "read before fill",
    "read of a word being updated",
    "fill gives way to an update",
    "shrink waits for words",
    "shrink waits for an update",
    "shrink of everything",
    "fill, read and shrink at once",
    "data waits",
    "wraps around",
)


#: Situations that take a second word, and those that take updates.
NOT_IN_ONE_WORD = {"fill gives way to an update", "fill, read and shrink at once"}
NOT_WITHOUT_UPDATES = {
    "read of a word being updated",
    "fill gives way to an update",
    "shrink waits for an update",
}


@dataclass
class Word:
    """What the buffet holds."""

    value: int
    being_updated: bool = False


@dataclass
class Model:
    """The words, what was offered, and what must come out."""

    dut: Any
    random: np.random.Generator
    cover: Coverage
    words: list[Word] = field(default_factory=list)
    offers: dict[str, Any] = field(default_factory=dict)
    due: list[int] = field(default_factory=list)
    credits: int = 0
    filled: int = 0

    def __post_init__(self) -> None:
        given = parameters()
        self.width: int = given["width"]
        self.depth: int = given["depth"]
        self.bits = max(1, (self.depth - 1).bit_length())
        self.credits = self.depth

    def word(self) -> int:
        """A random word."""
        return int.from_bytes(self.random.bytes(-(-self.width // 8)), "little") % (1 << self.width)

    def choose(self, busy: dict[str, float]) -> None:
        """New offers; an offer that was not taken stays."""
        for name in INPUTS:
            if name in self.offers or self.random.random() >= busy[name]:
                continue
            if name == "fill":
                self.offers[name] = self.word()
            elif name == "read":
                offset = int(self.random.integers(0, min(self.depth, len(self.words) + 2)))
                self.offers[name] = offset, "update" in INPUTS and bool(self.random.random() < 0.3)
            elif name == "shrink":
                self.offers[name] = int(self.random.integers(0, min(self.depth, len(self.words) + 1) + 1))
            elif waiting := [i for i, word in enumerate(self.words) if word.being_updated]:
                self.offers[name] = int(self.random.choice(waiting)), self.word()

    def drive(self) -> None:
        """Put the offers onto the ports."""
        for name in INPUTS:
            getattr(self.dut, f"{name}__valid").value = name in self.offers
        for name, offer in self.offers.items():
            port = getattr(self.dut, f"{name}__payload")
            port.value = offer[0] | int(offer[1]) << self.bits if isinstance(offer, tuple) else offer

    def can_be_taken(self, data_ready: bool) -> dict[str, bool]:
        """For each offer, whether the buffet must take it in this cycle."""
        able = {}
        for name, offer in self.offers.items():
            if name == "fill":
                able[name] = len(self.words) < self.depth and "update" not in self.offers
            elif name == "read":
                there = offer[0] < len(self.words) and not self.words[offer[0]].being_updated
                able[name] = there and (not self.due or data_ready)
            elif name == "update":
                able[name] = True
            else:
                locked = any(word.being_updated for word in self.words)
                about_to_lock = "read" in self.offers and self.offers["read"][1]
                able[name] = offer <= len(self.words) and not locked and not about_to_lock
        return able

    def note(self, able: dict[str, bool], data_ready: bool) -> None:
        """Which situations this cycle is an example of."""
        locked = any(word.being_updated for word in self.words)
        self.met("full", len(self.words) == self.depth)
        self.met("empty", not self.words)
        self.met("data waits", bool(self.due) and not data_ready)
        self.met("wraps around", self.filled > 2 * self.depth)
        if "read" in self.offers:
            offset = self.offers["read"][0]
            self.met("read before fill", offset >= len(self.words))
            self.met(
                "read of a word being updated", offset < len(self.words) and self.words[offset].being_updated
            )
        if "shrink" in self.offers:
            count = self.offers["shrink"]
            self.met("shrink waits for words", count > len(self.words))
            self.met("shrink waits for an update", locked and count <= len(self.words))
            self.met("shrink of everything", able["shrink"] and count == len(self.words) > 0)
        room = len(self.words) < self.depth
        self.met("fill gives way to an update", "fill" in self.offers and not able["fill"] and room)
        self.met("fill, read and shrink at once", all(able.get(n) for n in ("fill", "read", "shrink")))

    def met(self, situation: str, happened: bool) -> None:
        """Count a situation, unless this buffet is too simple for it."""
        if situation in self.cover.counts:
            self.cover.met(situation, happened)

    def apply(self, able: dict[str, bool], data_ready: bool) -> None:
        """The state after this cycle; a read sees the words before this cycle's update, offsets likewise."""
        offers = {name: self.offers.pop(name) for name, taken in able.items() if taken}
        if self.due and data_ready:
            self.due.pop(0)
        if "read" in offers:
            self.due.append(self.words[offers["read"][0]].value)
        if "update" in offers:
            self.words[offers["update"][0]] = Word(offers["update"][1])
        if "read" in offers and offers["read"][1]:
            self.words[offers["read"][0]].being_updated = True
        if "fill" in offers:
            self.words.append(Word(offers["fill"]))
            self.credits -= 1
            self.filled += 1
        del self.words[: offers.get("shrink", 0)]

    async def cycle(self, busy: dict[str, float], stall: float) -> None:
        """One cycle: offer, compare what is taken and shown, and follow."""
        self.choose(busy)
        self.drive()
        data_ready = bool(self.random.random() >= stall)
        self.dut.data__ready.value = data_ready
        await FallingEdge(self.dut.clk)
        able = self.can_be_taken(data_ready)
        for name, expected in able.items():
            ready = bool(getattr(self.dut, f"{name}__ready").value)
            assert ready == expected, f"{name} {self.offers[name]} ready {ready}, {len(self.words)} words"
        assert bool(self.dut.data__valid.value) == bool(self.due)
        if self.due:
            shown = int(self.dut.data__payload.value)
            assert shown == self.due[0], f"shows {shown:#x}, expected {self.due[0]:#x}"
        returned = int(self.dut.credits.value)
        assert returned == (self.offers["shrink"] if able.get("shrink") else 0)
        self.note(able, data_ready)
        self.apply(able, data_ready)
        self.credits += returned
        assert self.credits == self.depth - len(self.words), "credits must equal the room"
        await RisingEdge(self.dut.clk)


async def begin(dut: Any, cover: Coverage) -> Model:
    """Reset."""
    await start(dut, **{f"{name}__valid": 0 for name in INPUTS}, data__ready=0)
    return Model(dut, random_generator(), cover)


def situations() -> list[str]:
    """Those that the buffet is large enough for."""
    impossible = NOT_IN_ONE_WORD if parameters()["depth"] == 1 else set()
    if "update" not in INPUTS:
        impossible = impossible | NOT_WITHOUT_UPDATES
    return [situation for situation in SITUATIONS if situation not in impossible]


@cocotb.test()
async def anything_goes(dut: Any) -> None:
    """Random offers on all streams, of several tempers."""
    with Coverage(*situations()) as cover:
        model = await begin(dut, cover)
        for fill, read, update, shrink, stall in (
            (0.9, 0.7, 0.5, 0.2, 0.2),
            (0.3, 0.9, 0.9, 0.5, 0.0),
            (1.0, 1.0, 0.2, 1.0, 0.5),
            (1.0, 0.3, 0.3, 0.02, 0.0),
            (1.0, 1.0, 1.0, 0.7, 0.0),
        ):
            busy = {"fill": fill, "read": read, "update": update, "shrink": shrink}
            for _ in range(300):
                await model.cycle(busy, stall)


@cocotb.test()
async def window_slides_every_cycle(dut: Any) -> None:
    """A fill, a read and a shrink in every cycle, once the first word is there."""
    with Coverage("steady") as cover:
        await start(dut, **{f"{name}__valid": 0 for name in INPUTS}, data__ready=1)
        depth = parameters()["depth"]
        dut.read__payload.value = 0
        dut.shrink__payload.value = 1
        for cycle in range(3 * depth + 5):
            dut.fill__payload.value = cycle % 2
            dut.fill__valid.value = 1
            dut.read__valid.value = dut.shrink__valid.value = int(cycle > 0)
            await FallingEdge(dut.clk)
            if depth > 1:
                assert dut.fill__ready.value == 1
                assert cycle == 0 or dut.read__ready.value == dut.shrink__ready.value == 1
            if cycle > 1 and depth > 1:
                assert dut.data__valid.value == 1
                assert int(dut.data__payload.value) == (cycle - 2) % 2
            cover.met("steady", cycle > depth)
            await RisingEdge(dut.clk)


@cocotb.test()
async def reset_in_flight(dut: Any) -> None:
    """Reset empties it, whatever was going on."""
    to_forget = ["words to forget", "updates to forget"][: 1 + ("update" in INPUTS)]
    with Coverage(*to_forget) as cover:
        busy = {"fill": 1.0, "read": 1.0, "update": 0.1, "shrink": 0.1}
        model = await begin(dut, Coverage(*SITUATIONS))
        for _ in range(20):
            for _ in range(15):
                await model.cycle(busy, 0.3)
            cover.met("words to forget", bool(model.words))
            cover.met(to_forget[-1], any(word.being_updated for word in model.words) or len(to_forget) == 1)
            for name in INPUTS:
                getattr(dut, f"{name}__valid").value = 0
            dut.rst.value = 1
            await RisingEdge(dut.clk)
            dut.rst.value = 0
            model = Model(dut, model.random, model.cover)
