"""A simulated board at a pseudo-terminal, where a host driver finds it like a real one."""

import os
import select
import tempfile
import threading
import tty
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from celosia.compiler.compiled import CompiledModel
from celosia.fpga.design import contents_files
from celosia.fpga.simulation.design import board_verilog, build_board
from celosia.fpga.simulation.engine import BoardEngine
from celosia.fpga.simulation.noise import Noise
from celosia.rtl.config import AcceleratorConfig

#: Bytes that travel to the board before it is looked what it answered; as much as its queue holds.
CHUNK_BYTES = 512

#: Seconds between looks at a line on which nothing happens. The board runs on a little at each.
IDLE_SECONDS = 0.05


class SimulatedBoard:
    """A board whose design runs in Verilator; use it as a context manager.

    The port is a link of a fixed name to a pseudo-terminal, which is another one each time the cable is plugged in.

    Parameters
    ----------
    config : AcceleratorConfig
        What the board holds.
    port : Path, optional
        Name of the port; by default in a new temporary folder.
    noise : Noise, optional
        Damages what travels in both directions.
    wave : Path, optional
        Where to record waveforms: as VCD if its name ends in ``.vcd``, else as FST.
    embedded : CompiledModel, optional
        A network that the board's memories hold from the start.
    verilog : str, optional
        A design to simulate instead of the one generated from ``config``, such as a netlist of it; its top module
        must be ``board``.

    Raises
    ------
    EnvironmentProblem, BuildError
        If the simulator cannot be built.
    SimulationFailure
        If it ends when it should not.
    OSError
        If ``port`` cannot be made.
    """

    def __init__(
        self,
        config: AcceleratorConfig,
        *,
        port: Path | None = None,
        noise: Noise | None = None,
        wave: Path | None = None,
        embedded: CompiledModel | None = None,
        verilog: str | None = None,
    ) -> None:
        self._config = config
        self._noise = noise or Noise(0, 0)
        self._wave = wave
        # A netlist has so many cells that compiling it well takes longer than running it.
        digest, self._files = (0, {}) if embedded is None else (embedded.digest, contents_files(embedded))
        self._build = (
            build_board(board_verilog(config, program_digest=digest), opt_level=2, wave=wave)
            if verilog is None
            else build_board(verilog, opt_level=1, wave=wave)
        )
        self._given_port = port
        self._lock = threading.Lock()
        self._terminal: tuple[int, int] | None = None
        self._stop = threading.Event()
        self._failure: BaseException | None = None

    @property
    def port(self) -> Path:
        """Name of the port."""
        return self._port

    def __enter__(self) -> Self:
        with ExitStack() as resources:
            if self._given_port is None:
                folder = resources.enter_context(tempfile.TemporaryDirectory(prefix="celosia-port-"))
                self._port = Path(folder) / "board"
            else:
                self._port = self._given_port
            self._power = resources.enter_context(ExitStack())
            self._engine = self._power.enter_context(self._new_engine())
            self.plug()
            resources.callback(self.unplug)
            self._resources = resources.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._resources.__exit__(kind, error, traceback)

    def plug(self) -> None:
        """Plug the cable in; raises ``OSError`` if the port exists."""
        with self._lock:
            master, slave = os.openpty()
            tty.setraw(slave)
            os.set_blocking(master, False)
            self._port.symlink_to(os.ttyname(slave))
            self._terminal = (master, slave)

    def unplug(self) -> None:
        """Pull the cable, if it is in: the port is gone, and bytes under way are lost."""
        with self._lock:
            if self._terminal is not None:
                self._port.unlink()
                for descriptor in self._terminal:
                    os.close(descriptor)
                self._terminal = None

    def power_cycle(self) -> None:
        """Switch the board off and on again: what was written to its memories is lost. Only while it is unplugged."""
        with self._lock:
            if self._terminal is not None:
                raise RuntimeError("the board must be unplugged to be switched off")
            self._power.close()
            self._engine = self._power.enter_context(self._new_engine())

    def _new_engine(self) -> BoardEngine:
        return BoardEngine(self._build, wave=self._wave, files=self._files)

    def serve(self, stop: threading.Event | None = None) -> None:
        """Run the board until ``stop`` is set, for ever without it."""
        rests = True
        while stop is None or not stop.is_set():
            with self._lock:
                rests = self._step(rests)
            if self._terminal is None:
                select.select([], [], [], IDLE_SECONDS)

    def _step(self, rests: bool) -> bool:
        """Give the board what the host has sent, let it run a little, and return whether it rests then."""
        self._engine.feed(self._noise(self._from_host(IDLE_SECONDS if rests else 0.0)))
        while True:
            sent, state = self._engine.poll()
            self._to_host(self._noise(sent))
            if state is not None:
                return state

    def _from_host(self, seconds: float) -> bytes:
        if self._terminal is None:
            return b""
        master, _ = self._terminal
        readable, _, _ = select.select([master], [], [], seconds)
        return os.read(master, CHUNK_BYTES) if readable else b""

    def _to_host(self, data: bytes) -> None:
        if self._terminal is not None and data:
            # What a host that does not read has no room for is lost, as on a real line.
            with suppress(BlockingIOError):
                os.write(self._terminal[0], data)
