"""The link and a real accelerator under random bytes and packets: every answer is right, nothing ever hangs."""

from pathlib import Path

import numpy as np
import pytest
from amaranth.hdl import Module, ResetInserter
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from celosia.generators.verilog import emit
from celosia.rtl.accelerator import Accelerator
from celosia.rtl.bus.address_map import Region, region_bytes
from celosia.rtl.bus.packet import FLAG, Answer, Deframer, Operation, Request, Response
from celosia.rtl.bus.packet_link import PacketLink
from celosia.rtl.config import AcceleratorConfig
from celosia.rtl.repeated import Unshared
from celosia.runtime.simulation import build, run
from sim_tests.link.requests import random_packets
from tests.link_model import LinkModel

CONFIG = AcceleratorConfig(
    rows=3,
    cols=3,
    vector_lanes=2,
    accumulator_depth=16,
    scratchpad_bytes=1024,
    scratchpad_banks=2,
    weight_bytes=90,
    parameter_words=6,
    program_bytes=512,
)
REGION_NUMBERS = 16
HARNESS = Path(__file__).parent / "link" / "harness.v"


class FuzzedLink(wiring.Component):
    """The link and an accelerator, joined as a board does, without a line; the host port can be watched."""

    requests: In(stream.Signature(8))
    responses: Out(stream.Signature(8))
    host_taken: Out(1)
    host_address: Out(32)

    def elaborate(self, platform: object) -> Module:
        """Join them."""
        m = Module()
        accelerator = Accelerator(CONFIG)
        m.submodules.link = link = PacketLink(CONFIG)
        m.submodules.accelerator = ResetInserter(link.reset)(Unshared(accelerator))
        connect(m, flipped(self.requests), link.requests)
        connect(m, link.responses, flipped(self.responses))
        connect(m, link.host, accelerator.host)
        m.d.comb += [
            link.running.eq(accelerator.running),
            self.host_taken.eq(link.host.request.valid & link.host.request.ready),
            self.host_address.eq(link.host.request.payload.address),
        ]
        return m


def simulate(folder: Path, requests: bytes, seed: int) -> bytes:
    """What the hardware answers."""
    sent, received, sizes = (folder / name for name in ("requests", "responses", "sizes"))
    sent.write_bytes(requests)
    lengths = {region.value: region_bytes(CONFIG, region) for region in Region}
    sizes.write_text("\n".join(f"{lengths.get(region, 0):x}" for region in range(REGION_NUMBERS)))
    harness = HARNESS.read_text(encoding="utf-8")
    built = build(harness + emit(FuzzedLink(), "fuzzed"), top="fuzz_harness", timing=True, opt_level=2)
    run(
        built,
        "sim_tests.link.bench",
        cases=1,
        seed=seed,
        plusargs=[f"+requests={sent}", f"+responses={received}", f"+sizes={sizes}"],
        timeout=3000,
    )
    return bytes.fromhex(received.read_text())


def decode(received: bytes) -> list[Response]:
    """The answers, of which all must be intact; what the tag of a rejected packet is has no meaning."""
    packets = Deframer().feed(received)
    responses = [Response.of(packet) for packet in packets if packet is not None]
    found = [response for response in responses if response is not None]
    assert len(found) == len(packets)
    return [
        Response(response.answer, 0) if response.answer == Answer.REJECTED else response for response in found
    ]


def every_word() -> bytes:
    """Requests that read all memories."""
    return b"".join(
        Request(Operation.READ, 0, 1, region.base + offset).encode()
        for region in Region
        for offset in range(0, region_bytes(CONFIG, region), CONFIG.bus_width // 8)
    )


@pytest.mark.parametrize("count", [4000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_every_answer(count: int, tmp_path: Path, seed: int) -> None:
    """Without programs, the board's model says what each answer must be, and what memories hold in the end."""
    generator = np.random.default_rng(seed)
    requests = (
        b"".join(random_packets(CONFIG, generator, count, starts=False)) + bytes((FLAG,)) + every_word()
    )
    model = LinkModel(CONFIG)
    expected = decode(b"".join(model.answers(requests)))
    assert sum(response.answer == Answer.DONE for response in expected) > count // 3
    found = decode(simulate(tmp_path, requests, seed))
    wrong = [index for index, pair in enumerate(zip(expected, found, strict=False)) if pair[0] != pair[1]]
    assert not wrong, (wrong[0], expected[wrong[0]], found[wrong[0]])
    assert len(found) == len(expected)


@pytest.mark.parametrize("count", [4000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_never_hangs(count: int, tmp_path: Path, seed: int) -> None:
    """Whatever programs are made of random words and started, each packet is answered, and a reset helps in the end."""
    generator = np.random.default_rng(seed)
    requests = b"".join(random_packets(CONFIG, generator, count, starts=True)) + bytes((FLAG,))
    end = Request(Operation.RESET, 1, 0, 99).encode() + Request(Operation.STATUS, 2).encode() + every_word()
    packets = Deframer().feed(requests + end)
    found = decode(simulate(tmp_path, requests + end, seed))
    assert len(found) == len(packets)
    assert sum(response.answer == Answer.BUSY for response in found) > count // 100
    words = len(Deframer().feed(every_word()))
    assert [response.answer for response in found[-words - 2 :]] == [Answer.DONE] * (words + 2)
    assert found[-words - 1].data[4:12] == (99).to_bytes(4, "little") + bytes(4)
