"""The host's side of an accelerator: two memory operations, and everything that follows from them."""

import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from celosia.rtl.bus.address_map import (
    IDENTITY_VALUE,
    VERSION_VALUE,
    Region,
    Register,
    Status,
    counter_address,
    counters_of,
)
from celosia.rtl.command import Engine
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.events import Event, StatusLog, read_statuses


class DeviceError(RuntimeError):
    """The device refused, stopped or does not answer as the machine of the configuration would."""


class Device(ABC):
    """An accelerator with the host address map of ``docs/machine.md``.

    A device implements :meth:`read` and :meth:`write`; the other operations are made of these, so the same
    host code drives the functional model, the simulated hardware and a board. A device is a context manager
    that closes itself.

    Parameters
    ----------
    config
        Parameters of the machine that the caller believes is there; :meth:`identify` compares.
    """

    def __init__(self, config: AcceleratorConfig) -> None:
        self._config = config

    @property
    def config(self) -> AcceleratorConfig:
        """Parameters of the machine."""
        return self._config

    @property
    def bus_bytes(self) -> int:
        """Bytes of one bus word; addresses and sizes are multiples of it."""
        return self._config.bus_width // 8

    @abstractmethod
    def write(self, address: int, data: bytes) -> None:
        """Write whole bus words from ``address`` on.

        Raises ``ValueError`` if address or size is not a multiple of the bus word, :class:`DeviceError` if
        the device fails.
        """

    @abstractmethod
    def read(self, address: int, size: int) -> bytes:
        """Read ``size`` bytes, whole bus words, from ``address`` on; raises as :meth:`write` does."""

    def close(self) -> None:
        """Give back what the device holds; a device without resources has nothing to do."""
        return

    def write_register(self, address: int, value: int) -> None:
        """Write the low 32 bits of a register."""
        self.write(address, value.to_bytes(self.bus_bytes, "little"))

    def read_register(self, address: int) -> int:
        """The low 32 bits of a register."""
        return int.from_bytes(self.read(address, self.bus_bytes)[:4], "little")

    def identify(self) -> None:
        """Raise :class:`DeviceError` unless the device is an accelerator of this very configuration."""
        base = Region.REGISTERS.base
        for register, expected in (
            (Register.IDENTITY, IDENTITY_VALUE),
            (Register.VERSION, VERSION_VALUE),
            (Register.CONFIG_DIGEST, self._config.digest),
        ):
            value = self.read_register(base + register)
            if value != expected:
                raise DeviceError(f"register {register.name} must be {expected:#x}, not {value:#x}")

    def embedded_program(self) -> int:
        """Digest of the program that the memories have held from the start; 0 for none."""
        return self.read_register(Region.REGISTERS.base + Register.PROGRAM_DIGEST)

    def start(self, commands: int = 0) -> None:
        """Run the next ``commands`` commands (0: all up to the end of the program)."""
        self.write_register(Region.REGISTERS.base + Register.CONTROL, commands)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the device stops running; return whether the program has reached its end.

        Raises :class:`DeviceError` if it stopped at an unknown opcode, or still runs after ``timeout``
        seconds.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            status = Status(self.read_register(Region.REGISTERS.base + Register.STATUS))
            if Status.RUNNING not in status:
                break
            if deadline is not None and time.monotonic() > deadline:
                raise DeviceError(f"the device still runs after {timeout} s")
        if Status.UNKNOWN_OPCODE in status:
            raise DeviceError("the program holds an unknown opcode")
        return Status.ENDED in status

    def counters(self) -> dict[str, int]:
        """Counters of the present or last program: ``cycles``, and ``matrix.busy`` and the like.

        Each engine has ``commands`` (retired) and, if the configuration has ``performance_counters``, the cycles that
        its front end was ``busy``, ``empty`` or waited for ``dependency``, ``operands`` or ``bank``.
        """
        values = {"cycles": self.read_register(Region.REGISTERS.base + Register.CYCLES)}
        for engine in Engine:
            for counter in counters_of(self._config):
                name = f"{engine.name.lower()}.{counter.name.lower()}"
                values[name] = self.read_register(counter_address(engine, counter))
        return values

    def events(self) -> list[Event]:
        """When commands started and retired since the device was opened; empty if it does not record that."""
        return []

    def statuses(self) -> StatusLog:
        """What the engines did in each cycle since the device was opened; empty if it does not record that."""
        return read_statuses("")

    def _check_alignment(self, address: int, size: int) -> None:
        """For implementations of :meth:`read` and :meth:`write`."""
        for name, value in (("address", address), ("size", size)):
            if value < 0 or value % self.bus_bytes:
                raise ValueError(f"{name} must be a multiple of {self.bus_bytes}, not {value!r}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
