"""The host driver against a model of the board: bad lines, pulled cables, boards that forget."""

import itertools
from collections.abc import Callable, Iterator
from typing import ClassVar

import numpy as np
import pytest

from celosia.cli import digits
from celosia.compiler.compile import compile_graph
from celosia.compiler.compiled import CompiledModel
from celosia.compiler.tflite_import import import_tflite
from celosia.fpga.simulation.noise import Noise
from celosia.generators.presets import PRESETS
from celosia.rtl.bus.address_map import Region
from celosia.rtl.bus.packet import DATA_BYTES, Deframer
from celosia.runtime.device import DeviceError
from celosia.runtime.model import ModelDevice
from celosia.runtime.serial import SerialDevice, client, connection, device, port
from celosia.runtime.session import Session
from tests.link_model import LinkModel

CONFIG = PRESETS["nano"]

#: What it takes to open a device; one that cannot be opened is an error, not something to wait for.
OPENING_PACKETS = 3


class ModelPort:
    """A port with a modelled board at its other end. Reading costs no time: what is not there does not come."""

    board: ClassVar[LinkModel]
    noise: ClassVar[Noise]
    packets: ClassVar[int]
    on_packet: ClassVar[Callable[[int], None]]
    unplugged: ClassVar[int]
    swallows: ClassVar[Callable[[], bool]]

    def __init__(self, path: str, baud_rate: int) -> None:
        del baud_rate
        self._path = path
        self._arrived = b""
        self._gone = False
        self._attempt()

    def write(self, data: bytes) -> None:
        """Let the board answer."""
        self._attempt()
        kind = type(self)
        kind.packets += 1
        kind.on_packet(kind.packets)
        self._attempt()
        if kind.swallows():
            return
        self._arrived += kind.noise(kind.board.feed(kind.noise(data)))

    def read(self, seconds: float) -> bytes:
        """What the board has answered."""
        del seconds
        self._attempt()
        arrived, self._arrived = self._arrived, b""
        return arrived

    def close(self) -> None:
        """Nothing to give back."""

    def _attempt(self) -> None:
        if self._gone or type(self).unplugged:
            self._gone = True
            type(self).unplugged = max(0, type(self).unplugged - 1)
            raise port.DisconnectedError(f"{self._path} is gone: it was unplugged")


@pytest.fixture(autouse=True)
def board(monkeypatch: pytest.MonkeyPatch) -> type[ModelPort]:
    """A board, just switched on, at the end of every port; silence lasts no time."""
    ModelPort.board = LinkModel(CONFIG)
    ModelPort.noise = Noise(0, 0)
    ModelPort.packets = 0
    ModelPort.on_packet = lambda number: None
    ModelPort.unplugged = 0
    ModelPort.swallows = lambda: False
    monkeypatch.setattr(connection, "Port", ModelPort)
    monkeypatch.setattr(device, "RETRY_SECONDS", 0)
    monkeypatch.setattr(client, "LEAST_SECONDS", 0)
    monkeypatch.setattr(client, "FIRST_SECONDS", 0)
    monkeypatch.setattr(client, "MOST_SECONDS", 0)
    return ModelPort


@pytest.fixture(scope="module")
def program() -> CompiledModel:
    """The bundled network."""
    return compile_graph(import_tflite(digits.model_path()), CONFIG)


def samples(program: CompiledModel, count: int) -> Iterator[list[np.ndarray]]:
    """Random inputs, the same ones each time."""
    generator = np.random.default_rng(1)
    for _ in range(count):
        yield [generator.integers(-128, 128, (1, 8, 8, 1)).astype(np.int8)]
    del program


def expected(program: CompiledModel, count: int) -> list[bytes]:
    """What the functional model makes of them."""
    session = Session(ModelDevice(CONFIG), program)
    return [session.run(inputs).contents[0] for inputs in samples(program, count)]


def session_contents(program: CompiledModel, count: int) -> list[bytes]:
    """What the board makes of them."""
    with SerialDevice(CONFIG, "port") as opened:
        session = Session(opened, program)
        return [session.run(inputs).contents[0] for inputs in samples(program, count)]


def test_clean_line(board: type[ModelPort], program: CompiledModel) -> None:
    """A session needs few packets, and none twice."""
    with SerialDevice(CONFIG, "port") as opened:
        session = Session(opened, program)
        contents = [session.run(inputs).contents[0] for inputs in samples(program, 3)]
        assert opened.lost_packets == 0
    assert contents == expected(program, 3)
    loaded = (
        sum(len(data) for _, data in program.constants) + 8 * len(program.program) + 4 * len(program.weights)
    )
    assert board.packets < 200 + loaded / DATA_BYTES


@pytest.mark.parametrize("probability", [0.001, 0.01, 0.03])
def test_bad_line(board: type[ModelPort], program: CompiledModel, probability: float, seed: int) -> None:
    """Bytes changed, lost and doubled both ways: the same results, until enough has been damaged."""
    board.noise = Noise(probability, seed)
    right = expected(program, 3)
    while board.noise.damaged < 10:
        assert session_contents(program, 3) == right


def test_swallowed_packets(board: type[ModelPort], program: CompiledModel, rng: np.random.Generator) -> None:
    """Whole packets vanish without a trace."""
    board.swallows = lambda: rng.random() < 0.05
    assert session_contents(program, 3) == expected(program, 3)


def test_unplugged_at_every_packet(
    board: type[ModelPort], program: CompiledModel, rng: np.random.Generator
) -> None:
    """Whenever the cable is pulled, with or without the board losing its memory: the same results."""
    session_contents(program, 2)
    total = board.packets
    right = expected(program, 2)
    chosen = rng.permutation(np.arange(OPENING_PACKETS + 1, total))[:30]
    for moment in [total - 1, total, *chosen.tolist()]:
        for forgets in (False, True):
            board.board = LinkModel(CONFIG)
            board.packets = 0

            def pull(number: int, moment: int = moment, forgets: bool = forgets) -> None:
                if number == moment:
                    ModelPort.unplugged = 3
                    if forgets:
                        ModelPort.board = LinkModel(CONFIG)

            board.on_packet = pull
            assert session_contents(program, 2) == right, (moment, forgets)
            assert board.packets > moment


def test_unplugged_while_restored(board: type[ModelPort], program: CompiledModel) -> None:
    """A board that forgets when the network has been loaded, and then goes away again but forgets nothing."""
    right = expected(program, 1)
    session_contents(program, 1)
    first = board.packets - OPENING_PACKETS
    for later in range(1, first, 5):
        board.board = LinkModel(CONFIG)
        board.packets = 0

        def pull(number: int, later: int = later) -> None:
            if number in (first, first + later):
                ModelPort.unplugged = 2
            if number == first:
                ModelPort.board = LinkModel(CONFIG)

        board.on_packet = pull
        assert session_contents(program, 1) == right, later
        assert board.packets > first + later


def test_unplugged_again_and_again(
    board: type[ModelPort], program: CompiledModel, seed: int, rng: np.random.Generator
) -> None:
    """Also while what was lost is being restored, on a bad line."""

    def pull(number: int) -> None:
        if number > OPENING_PACKETS and rng.random() < 0.02:
            ModelPort.unplugged = int(rng.integers(1, 4))
            if rng.random() < 0.5:
                ModelPort.board = LinkModel(CONFIG)

    board.on_packet = pull
    board.noise = Noise(0.001, seed)
    assert session_contents(program, 6) == expected(program, 6)


def test_forgets_at_every_start(board: type[ModelPort], program: CompiledModel) -> None:
    """A board whose supply breaks down under load is given up."""
    with SerialDevice(CONFIG, "port") as opened:
        session = Session(opened, program)

        def forget(number: int) -> None:
            del number
            if ModelPort.board.last_start:
                ModelPort.board = LinkModel(CONFIG)

        board.on_packet = forget
        with pytest.raises(DeviceError, match=r"^the board at port has lost its memory 6 times in a row"):
            session.run(next(samples(program, 1)))


def test_stays_away(board: type[ModelPort]) -> None:
    with SerialDevice(CONFIG, "port", reconnect_seconds=0) as opened:
        board.unplugged = 1 << 30
        with pytest.raises(DeviceError, match=r"^port did not come back within 0 s$"):
            opened.read(0, 4)


def test_not_there(board: type[ModelPort]) -> None:
    board.unplugged = 1
    with pytest.raises(DeviceError, match=r"^port is gone: it was unplugged$"), SerialDevice(CONFIG, "port"):
        pass


def test_silent(board: type[ModelPort]) -> None:
    board.noise = Noise(1, 1)
    unable = SerialDevice(CONFIG, "port", patience=0.01)
    with (
        pytest.raises(DeviceError, match=r"^no board answers at port with 1000000 baud \(no answer within"),
        unable,
    ):
        pass


def test_other_configuration(board: type[ModelPort]) -> None:
    board.board = LinkModel(PRESETS["small"])
    with (
        pytest.raises(DeviceError, match=r"^the board at port holds another configuration"),
        SerialDevice(CONFIG, "port"),
    ):
        pass


def test_other_version(board: type[ModelPort], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LINK_VERSION", 2)
    with (
        pytest.raises(DeviceError, match=r"speaks version 1 of the link, this is version 2"),
        SerialDevice(CONFIG, "port"),
    ):
        pass
    assert board.packets == 1


def test_taken_over(board: type[ModelPort]) -> None:
    with SerialDevice(CONFIG, "port") as opened:
        board.board.session = 1
        with pytest.raises(DeviceError, match=r"^another program has taken over the board at port$"):
            opened.read(0, 4)


def test_outside() -> None:
    with SerialDevice(CONFIG, "port") as opened:
        with pytest.raises(DeviceError, match=r"^the board refused a READ at 0x40040000: OUTSIDE$"):
            opened.read(Region.SCRATCHPAD.base + CONFIG.scratchpad_bytes, 4)
        with pytest.raises(ValueError, match=r"^address must be a multiple of 4, not 1$"):
            opened.read(1, 4)


def test_forgotten_steps(board: type[ModelPort], program: CompiledModel) -> None:
    """Steps with writes between them cannot be taken again."""
    with SerialDevice(CONFIG, "port") as opened:
        Session(opened, program)
        opened.start(1)
        assert not opened.wait()
        opened.write(Region.SCRATCHPAD.base, bytes(4))
        board.board = LinkModel(CONFIG)
        with pytest.raises(DeviceError, match=r"while a program was being stepped through: start over$"):
            opened.wait()


def test_repeated_steps(board: type[ModelPort], program: CompiledModel) -> None:
    """Steps without writes between them can."""
    inputs = next(samples(program, 1))
    with SerialDevice(CONFIG, "port") as opened:
        Session(opened, program)
        for address, data in program.device_inputs(inputs):
            opened.write(Region.SCRATCHPAD.base + address, data)
        opened.start(1)
        opened.wait()
        opened.start(2)
        board.board = LinkModel(CONFIG)
        opened.wait()
        opened.start()
        assert opened.wait()
        ((address, size),) = program.device_outputs()
        whole = -(-size // 4) * 4
        assert opened.read(Region.SCRATCHPAD.base + address, whole)[:size] == expected(program, 1)[0]


def test_counters(program: CompiledModel) -> None:
    """One read gives what one read for each gives."""
    with SerialDevice(CONFIG, "port") as opened:
        session = Session(opened, program)
        session.run(next(samples(program, 1)))
        model = Session(ModelDevice(CONFIG), program)
        assert opened.counters() == model.run(next(samples(program, 1))).counters


def test_deframer_takes_any_pieces(rng: np.random.Generator) -> None:
    """Packets come out the same however the bytes are cut."""
    line = rng.choice([0x7E, 0x7D, 0x5E, 1, 2], 3000).astype(np.uint8).tobytes()
    whole = Deframer().feed(line)
    pieces = Deframer()
    cuts = [0, *sorted(rng.integers(0, len(line), 100).tolist()), len(line)]
    found = [packet for begin, end in itertools.pairwise(cuts) for packet in pieces.feed(line[begin:end])]
    assert found == whole
