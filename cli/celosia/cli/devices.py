"""``--device``: what a network runs on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from celosia.cli.simulating import simulated_device
from celosia.rtl.bus.baud import DEFAULT_BAUD_RATE
from celosia.rtl.config import AcceleratorConfig
from celosia.runtime.device import Device
from celosia.runtime.model import ModelDevice
from celosia.runtime.serial import SerialDevice

RTL = "rtl"
MODEL = "model"
COST = "cost"
SERIAL = "serial:"


class DeviceName(click.ParamType[str]):
    """``rtl``, ``model``, ``cost``, or ``serial:`` and a port."""

    name = "rtl|model|cost|serial:PORT"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check that it is one of these."""
        if value not in (RTL, MODEL, COST) and not (value.startswith(SERIAL) and value != SERIAL):
            self.fail(f"{value!r} is not rtl, model, cost or serial:PORT", param, ctx)
        return value


def device_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--device`` and ``--baud-rate``; the command gets them as ``device`` and ``baud_rate``."""
    command = click.option(
        "--baud-rate",
        type=click.IntRange(min=1),
        help="Bits a second on a serial device, as the board was built for."
        f" [default: what --board has, or {DEFAULT_BAUD_RATE}]",
    )(command)
    return click.option(
        "--device",
        type=DeviceName(),
        default=RTL,
        show_default=True,
        help="rtl: the hardware's Verilog, simulated cycle by cycle; model: the functional model, without timing;"
        " cost: predicted cycles, nothing is computed; serial:PORT: a board, real or simulated.",
    )(command)


@contextmanager
def opened(
    device: str, config: AcceleratorConfig, baud_rate: int, wave: Path | None, console: Console
) -> Iterator[Device]:
    """The device, with a display of its progress."""
    if device == MODEL:
        yield ModelDevice(config)
    elif device == RTL:
        with simulated_device(config, console, wave=wave) as simulated:
            yield simulated
    else:
        board = SerialDevice(config, device.removeprefix(SERIAL), baud_rate=baud_rate)
        board.on_event = lambda event: console.print(event, highlight=False)
        with console.status(f"running on {device}"), board:
            yield board
