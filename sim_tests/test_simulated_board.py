"""Networks on whole boards in simulation, through the host driver and a serial line, also a bad one.

``CELOSIA_MODELS``, a folder of ``.tflite`` files, adds these to the networks of the slow tests.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from celosia.cli import digits
from celosia.cli.inputs import random_input
from celosia.cli.main import execute
from celosia.cli.result import compare, run_batch
from celosia.compiler.batch import batched
from celosia.compiler.compile import compile_graph
from celosia.compiler.compiled import CompiledModel
from celosia.compiler.tflite_import import import_tflite
from celosia.fpga.boards import find
from celosia.fpga.simulation import SimulatedBoard
from celosia.fpga.simulation.noise import Noise
from celosia.generators.presets import PRESETS, override
from celosia.rtl.bus.address_map import REGION_BITS, Region
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.serial import SerialDevice
from celosia.runtime.session import Session

#: A small board; what it gets by default holds the bundled network.
BOARD = "tang-nano-9k"
CONFIG = find(BOARD).configuration()

#: Holds the MLPerf Tiny networks.
LARGER_CONFIG = PRESETS["nano"]


@contextmanager
def serving(board: SimulatedBoard) -> Iterator[SimulatedBoard]:
    """Run a board beside the test; a failure of it fails the test."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def serve() -> None:
        try:
            board.serve(stop)
        except BaseException as failure:
            failures.append(failure)

    with board:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield board
        finally:
            stop.set()
            thread.join()
    if failures:
        raise failures[0]


def run_network(
    board: SimulatedBoard, path: Path, seed: int, runs: int, config: AcceleratorConfig = CONFIG
) -> SerialDevice:
    """Run a network on random inputs; every output must be the golden model's."""
    graph = import_tflite(path)
    program = compile_graph(graph, config)
    generator = np.random.default_rng(seed)
    with SerialDevice(config, str(board.port)) as device:
        session = Session(device, program)
        for _ in range(runs):
            inputs = [random_input(graph.tensors[index], generator) for index in graph.inputs]
            run = session.run(inputs)
            assert compare(graph, program, run, inputs).mismatches == 0
            assert run.cycles
    return device


def networks() -> list[Path]:
    """The files in ``CELOSIA_MODELS``, and always the bundled network."""
    folder = os.environ.get("CELOSIA_MODELS")
    return [digits.model_path(), *(sorted(Path(folder).glob("*.tflite")) if folder else [])]


def test_bad_line(seed: int) -> None:
    """One byte in a hundred is changed, lost or doubled, in both directions."""
    noise = Noise(0.01, seed)
    with serving(SimulatedBoard(CONFIG, noise=noise)) as board:
        device = run_network(board, digits.model_path(), seed, 3)
    assert noise.damaged > 50
    assert device.lost_packets > 20


def run_unplugged(path: Path, config: AcceleratorConfig, seconds: float, rng: np.random.Generator) -> None:
    """Run a network while the cable is pulled three times, each up to ``seconds`` later; once the board forgets."""
    graph = import_tflite(path)
    program = compile_graph(graph, config)
    events: list[str] = []
    with serving(SimulatedBoard(config)) as board, SerialDevice(config, str(board.port)) as device:
        device.on_event = events.append

        def pull() -> None:
            for forgets in (False, True, False):
                time.sleep(float(rng.uniform(0.05, seconds)))
                board.unplug()
                if forgets:
                    board.power_cycle()
                time.sleep(0.1)
                board.plug()

        puller = threading.Thread(target=pull)
        puller.start()
        session = Session(device, program)
        wrong = runs = 0
        while puller.is_alive() or runs < 2:
            inputs = [random_input(graph.tensors[index], rng) for index in graph.inputs]
            wrong += compare(graph, program, session.run(inputs), inputs).mismatches
            runs += 1
        puller.join()
    assert wrong == 0
    assert sum("waiting for it to come back" in event for event in events) >= 2
    assert sum("has lost its memory" in event for event in events) >= 1


def test_unplugged(rng: np.random.Generator) -> None:
    """The cable is pulled and plugged in again in mid-session, with and without the board losing its memory."""
    run_unplugged(digits.model_path(), CONFIG, 0.6, rng)


class Spy(SerialDevice):
    """Notes the regions that the host writes to."""

    def __init__(self, config: AcceleratorConfig, port: Path) -> None:
        super().__init__(config, str(port))
        self.written: list[Region] = []

    def write(self, address: int, data: bytes) -> None:
        """Note where, and write."""
        self.written.append(Region(address >> REGION_BITS))
        super().write(address, data)


def test_embedded_network(rng: np.random.Generator) -> None:
    """A network that the board holds from the start is not loaded; once another one was, it is."""
    graph = import_tflite(digits.model_path())
    config = override(CONFIG, ["program_bytes=32768", "scratchpad_bytes=4096"])
    program, other = compile_graph(graph, config), compile_graph(batched(graph, 2), config)

    def run(program: CompiledModel, batch: int = 1) -> set[Region]:
        """Run it in a session of its own, check the outputs, and return the regions written to."""
        samples = [[random_input(graph.tensors[index], rng) for index in graph.inputs] for _ in range(batch)]
        with Spy(config, board.port) as device:
            results = run_batch(Session(device, program), graph, samples, batch)
        assert not any(result.mismatches for result in results)
        return set(device.written)

    with serving(SimulatedBoard(config, embedded=program)) as board:
        assert Region.PROGRAM not in run(program)
        assert run(program).isdisjoint({Region.PROGRAM, Region.WEIGHTS, Region.PARAMETERS})
        assert run(other, 2) >= {Region.PROGRAM, Region.WEIGHTS, Region.PARAMETERS}
        assert Region.PROGRAM in run(program)


@pytest.mark.parametrize("name", [BOARD, "icebreaker"])
def test_command_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`celosia simulate` prints the port on which `celosia run` finds the board."""
    # Whoever runs the tests in the background may have made them ignore the interrupt, and children inherit that.
    code = (
        "import signal, sys; from celosia.cli.main import execute;"
        "signal.signal(signal.SIGINT, signal.default_int_handler); sys.exit(execute(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "simulate", "--board", name, "--damage", "0.001"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as board:
        try:
            assert board.stdout is not None
            port = board.stdout.readline().removeprefix("port: ").strip()
            assert execute(["run", "--board", name, "--device", f"serial:{port}"]) == 0
            assert "10 input(s)" in capsys.readouterr().out
            assert execute(["run", "--config", "small", "--device", f"serial:{port}"]) == 1
            assert "holds another configuration" in capsys.readouterr().err
            board.send_signal(signal.SIGINT)
            assert board.wait(30) == 130
        finally:
            board.kill()
    assert not Path(port).exists()


@pytest.mark.slow
@pytest.mark.parametrize("damage", [0.0, 0.01])
@pytest.mark.parametrize("path", networks(), ids=lambda path: path.stem)
def test_given_networks(path: Path, damage: float, seed: int) -> None:
    """Real models, on a good line and on a bad one."""
    with serving(SimulatedBoard(LARGER_CONFIG, noise=Noise(damage, seed))) as board:
        run_network(board, path, seed, 1, LARGER_CONFIG)


@pytest.mark.slow
@pytest.mark.parametrize("path", networks(), ids=lambda path: path.stem)
def test_given_networks_unplugged(path: Path, rng: np.random.Generator) -> None:
    """Real models, while the cable is pulled."""
    run_unplugged(path, LARGER_CONFIG, 10, rng)
