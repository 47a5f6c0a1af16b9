"""The simulator of a board's design: bytes in, bytes out."""

import os
import select
import struct
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from celosia.runtime.simulation import Build, Simulation

#: Cycles that the design runs after the last byte before it reports, if it does not rest earlier.
SLICE_CYCLES = 20_000

POLL_SECONDS = 0.2


class BoardEngine:
    """A board's design, running; use it as a context manager. Each entry switches it on anew.

    Parameters
    ----------
    build : Build
        Made by :func:`~celosia.fpga.simulation.design.build_board`.
    wave : Path, optional
        Where to record waveforms; the build must have been made for it.
    files : mapping of str to str
        Text files, by name, with what memories hold from the start.

    Raises
    ------
    SimulationFailure
        If the simulator ends when it should not.
    """

    def __init__(
        self, build: Build, *, wave: Path | None = None, files: Mapping[str, str] | None = None
    ) -> None:
        self._build = build
        self._wave = wave
        self._files = files
        self._pending = b""

    def __enter__(self) -> Self:
        with ExitStack() as resources:
            folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="celosia-")))
            commands, answers = folder / "commands", folder / "answers"
            os.mkfifo(commands)
            os.mkfifo(answers)
            self._answers = os.open(answers, os.O_RDONLY | os.O_NONBLOCK)
            resources.callback(os.close, self._answers)
            self._simulation = resources.enter_context(
                Simulation(
                    self._build,
                    "celosia.fpga.simulation.bench",
                    plusargs=[f"+commands={commands}", f"+answers={answers}"],
                    trace_file=self._wave,
                    files=self._files,
                )
            )
            self._commands = self._open_when_read(commands)
            self._finish = ExitStack()
            self._finish.callback(os.close, self._commands)
            self._resources = resources.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._resources:
            self._finish.close()
            if error is None:
                self._simulation.wait(cases=1, timeout=60)

    def feed(self, data: bytes) -> None:
        """Let the board receive bytes, and then run for a while; :meth:`poll` tells what comes of it."""
        view = memoryview(struct.pack(">II", len(data), SLICE_CYCLES) + data)
        while view:
            _, writable, _ = select.select([], [self._commands], [], POLL_SECONDS)
            if writable:
                try:
                    view = view[os.write(self._commands, view) :]
                except BrokenPipeError:
                    raise self._simulation.failure("the simulator ended early") from None
            else:
                self._check_alive()

    def poll(self) -> tuple[bytes, bool | None]:
        """Wait for news: bytes that the board sent, and whether it rests; None if the time is not over yet."""
        readable, _, _ = select.select([self._answers], [], [], POLL_SECONDS)
        chunk = os.read(self._answers, 1 << 16) if readable else b""
        if not chunk:
            self._check_alive()
        *lines, self._pending = (self._pending + chunk).split(b"\n")
        rests = None
        sent = bytearray()
        for line in lines:
            if line in (b"r", b"b"):
                rests = line == b"r"
            else:
                sent += bytes.fromhex(line.decode())
        return bytes(sent), rests

    def _open_when_read(self, pipe: Path) -> int:
        while True:
            try:
                return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                self._check_alive()
                select.select([], [], [], 0.01)

    def _check_alive(self) -> None:
        if not self._simulation.is_running():
            raise self._simulation.failure("the simulator ended early")
