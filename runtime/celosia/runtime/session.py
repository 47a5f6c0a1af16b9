"""Runs a compiled program on a device: load once, then one input after another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from celosia.compiler.compiled import CompiledModel
from celosia.compiler.cost import CommandTime
from celosia.rtl.bus.address_map import Region
from celosia.rtl.command import Engine
from celosia.runtime.device import Device, DeviceError
from celosia.runtime.events import Event, EventKind
from celosia.runtime.measured import measured_times

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Run:
    """What one input gave.

    ``contents`` are the bytes read from the device, ``outputs`` the network's outputs, after the operators
    that the host runs. ``cycles`` and ``layer_cycles`` (in the order of the program's layers; they
    add up to the cycle the last command retired in) are None if the device has no notion of time. ``commands``
    are the times of each command in program order, if the device records what its engines do.
    """

    outputs: tuple[Array, ...]
    contents: tuple[bytes, ...]
    cycles: int | None
    layer_cycles: tuple[int, ...] | None
    counters: dict[str, int]
    commands: tuple[CommandTime, ...] = ()

    def split(self, batch: int) -> tuple["Run", ...]:
        """The run of a batch, one for each input: its share of the outputs, and the time of all."""
        if batch == 1:
            return (self,)
        outputs = zip(*(np.split(output, batch) for output in self.outputs), strict=True)
        contents = zip(*(_equal_parts(content, batch) for content in self.contents), strict=True)
        return tuple(
            replace(self, outputs=own_outputs, contents=own_contents)
            for own_outputs, own_contents in zip(outputs, contents, strict=True)
        )


class Session:
    """A program on a device, which gets it loaded unless it has held it from the start.

    Parameters
    ----------
    device : Device
        An open device of the program's configuration.
    program : CompiledModel
        What to run.

    Raises
    ------
    DeviceError
        If the device is of another configuration.
    """

    def __init__(self, device: Device, program: CompiledModel) -> None:
        if device.config != program.config:
            raise DeviceError("the program was compiled for another configuration than the device has")
        self._device = device
        self._program = program
        self._events_seen = len(device.events())
        self._statuses_seen = len(device.statuses())
        device.identify()
        if device.embedded_program() != program.digest:
            for region, image in program.images().items():
                self._write(region.base, image)
        for address, data in program.constants:
            self._write(Region.SCRATCHPAD.base + address, data)

    @property
    def program(self) -> CompiledModel:
        """What runs."""
        return self._program

    def run(self, inputs: Sequence[Array]) -> Run:
        """Run the network once.

        ``inputs`` are the network's, in order. Raises ``ValueError`` or ``TypeError`` if they do not fit it,
        :class:`DeviceError` if the device fails.
        """
        for address, data in self._program.device_inputs(inputs):
            self._write(Region.SCRATCHPAD.base + address, data)
        self._device.start()
        if not self._device.wait():
            raise DeviceError("the program stopped before its end")
        contents = tuple(
            self._read(Region.SCRATCHPAD.base + address, size)
            for address, size in self._program.device_outputs()
        )
        counters = self._device.counters()
        events = self._device.events()[self._events_seen :]
        statuses = self._device.statuses()[self._statuses_seen :]
        self._events_seen += len(events)
        self._statuses_seen += len(statuses)
        return Run(
            outputs=self._program.finish(contents),
            contents=contents,
            cycles=counters["cycles"] or None,
            layer_cycles=self._layer_cycles(events),
            counters=counters,
            commands=measured_times(self._program, events, statuses, counters["cycles"]),
        )

    def _write(self, address: int, data: bytes) -> None:
        """Write bytes; the bus words at both ends keep what the device holds beside them."""
        word = self._device.bus_bytes
        before, after = address % word, -(address + len(data)) % word
        if before:
            data = self._device.read(address - before, word)[:before] + data
        if after:
            data += self._device.read(address - before + len(data) // word * word, word)[-after:]
        if data:
            self._device.write(address - before, data)

    def _read(self, address: int, size: int) -> bytes:
        word = self._device.bus_bytes
        before = address % word
        whole = -(-(before + size) // word) * word
        return self._device.read(address - before, whole)[before : before + size]

    def _layer_cycles(self, new: Sequence[Event]) -> tuple[int, ...] | None:
        """Cycles by which each layer moved the end of the network."""
        if not new:
            return None
        start = new[0].cycle
        retired = {
            engine: [
                event.cycle for event in new if event.kind is EventKind.RETIRED and event.engine is engine
            ]
            for engine in Engine
        }
        ends: list[int] = []
        for layer in self._program.layers:
            spans = layer.engine_commands or {}
            last = [
                retired[Engine[name.upper()]][stop - 1]
                for name, (first, stop) in spans.items()
                if stop > first
            ]
            ends.append(max([start, *ends[-1:], *last]))
        return tuple(end - before for before, end in zip([start, *ends], ends, strict=False))


def _equal_parts(content: bytes, count: int) -> list[bytes]:
    size = len(content) // count
    return [content[start : start + size] for start in range(0, size * count, size)]
