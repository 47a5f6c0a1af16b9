"""The accelerator's RTL under Verilator, spoken to like a board."""

import os
import select
import struct
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from celosia.rtl.bus.address_map import Region, Register
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.device import Device, DeviceError
from celosia.runtime.events import Event, StatusLog, read_events, read_statuses
from celosia.runtime.rtl.design import harness_verilog
from celosia.runtime.simulation import Simulation, build

POLL_SECONDS = 0.2
FINISH, WRITE, READ, RUN = range(4)


class RtlDevice(Device):
    """Simulates ``Accelerator(config)``; use it as a context manager.

    A Verilog harness executes the host's transactions, which reach it through a named pipe, so the simulator
    keeps its state between calls and Python takes no part in any cycle.

    Parameters
    ----------
    config : AcceleratorConfig
        What to generate and simulate.
    wave : Path, optional
        Where to record waveforms: as VCD if its name ends in ``.vcd``, else as FST.
    profile : bool
        Whether to record what each engine does in each cycle, for :meth:`statuses`; costs some speed.
    verilog : str, optional
        A design to simulate instead of the one generated from ``config``, such as a netlist of it; its top module
        must be ``accelerator``.

    Raises
    ------
    EnvironmentProblem, BuildError
        If the simulator cannot be built.
    SimulationFailure
        If it ends when it should not.
    """

    def __init__(
        self,
        config: AcceleratorConfig,
        *,
        wave: Path | None = None,
        profile: bool = False,
        verilog: str | None = None,
    ) -> None:
        super().__init__(config)
        self._wave = wave
        self._profile = profile
        self.on_wait: Callable[[int], None] | None = None
        """Called a few times a second while a program runs, with the number of commands that have retired."""
        self._build = build(
            harness_verilog(config, verilog),
            top="celosia_harness",
            clock="clk",
            # A netlist has so many cells that compiling it well takes longer than running it.
            opt_level=2 if verilog is None else 1,
            trace=None if wave is None else "vcd" if wave.suffix == ".vcd" else "fst",
        )
        self._pending = b""

    def __enter__(self) -> Self:
        with ExitStack() as resources:
            folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="celosia-")))
            transactions, results, self._events, self._statuses = (
                folder / name for name in ("transactions", "results", "events", "statuses")
            )
            os.mkfifo(transactions)
            os.mkfifo(results)
            self._results = os.open(results, os.O_RDONLY | os.O_NONBLOCK)
            resources.callback(os.close, self._results)
            self._simulation = resources.enter_context(
                Simulation(
                    self._build,
                    "celosia.runtime.rtl.bench",
                    plusargs=[
                        f"+transactions={transactions}",
                        f"+results={results}",
                        f"+events={self._events}",
                        *([f"+statuses={self._statuses}"] if self._profile else []),
                    ],
                    trace_file=self._wave,
                )
            )
            self._transactions = self._open_when_read(transactions)
            resources.callback(os.close, self._transactions)
            self._resources = resources.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._resources:
            if error is None:
                self._send(struct.pack(">III", FINISH, 0, 0))
                self._simulation.wait(cases=1, timeout=60)

    def write(self, address: int, data: bytes) -> None:
        """Write whole bus words; see :meth:`Device.write`."""
        self._check_alignment(address, len(data))
        words = np.frombuffer(data, f"<u{self.bus_bytes}")
        header = struct.pack(">III", WRITE, address, len(words))
        self._send(header + words.astype(f">u{self.bus_bytes}").tobytes())

    def read(self, address: int, size: int) -> bytes:
        """Read whole bus words; see :meth:`Device.read`."""
        self._check_alignment(address, size)
        count = size // self.bus_bytes
        self._send(struct.pack(">III", READ, address, count))
        words = [bytes.fromhex(self._line().decode()) for _ in range(count)]
        return b"".join(word[::-1] for word in words)

    def start(self, commands: int = 0) -> None:
        """Start the program; :meth:`wait` must follow."""
        self._send(struct.pack(">III", RUN, Region.REGISTERS.base + Register.CONTROL, commands))

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end of a run; see :meth:`Device.wait`. Raises :class:`DeviceError` if it hangs."""
        if self._line(timeout) == b"hang":
            raise DeviceError("the program hangs: no command has started or retired for a long time")
        return super().wait()

    def events(self) -> list[Event]:
        """Start and retirement of every command so far."""
        if not self._events.exists():
            return []
        with self._events.open(encoding="ascii") as file:
            return read_events(file)

    def statuses(self) -> StatusLog:
        """Every change of an engine's status so far; empty without ``profile``."""
        recorded = self._profile and self._statuses.exists()
        return read_statuses(self._statuses.read_text(encoding="ascii") if recorded else "")

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

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            _, writable, _ = select.select([], [self._transactions], [], POLL_SECONDS)
            if writable:
                try:
                    view = view[os.write(self._transactions, view) :]
                except BrokenPipeError:
                    raise self._simulation.failure("the simulator ended early") from None
            else:
                self._check_alive()

    def _line(self, timeout: float | None = None) -> bytes:
        """The next line of results; raises :class:`DeviceError` if it takes longer than ``timeout`` seconds."""
        waited = 0.0
        while b"\n" not in self._pending:
            readable, _, _ = select.select([self._results], [], [], POLL_SECONDS)
            chunk = os.read(self._results, 1 << 16) if readable else b""
            self._pending += chunk
            if not chunk:
                self._check_alive()
                waited += POLL_SECONDS
                if timeout is not None and waited >= timeout:
                    raise DeviceError(f"the simulated device did not answer within {timeout} s")
                if self.on_wait is not None:
                    self.on_wait(self._retired_commands())
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def _retired_commands(self) -> int:
        return self._events.read_bytes().count(b"R ") if self._events.exists() else 0
