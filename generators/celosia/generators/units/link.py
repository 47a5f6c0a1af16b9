"""The serial host link."""

from typing import Any

from amaranth.lib import wiring

from celosia.generators.unit import Unit
from celosia.rtl.bus.baud import DEFAULT_BAUD_RATE
from celosia.rtl.config import AcceleratorConfig


def _serial_link(kind: Any, values: dict[str, Any]) -> wiring.Component:
    baud_rate = values.pop("baud_rate")
    return kind(AcceleratorConfig.create(values), clock_hz=values["clock_hz"], baud_rate=baud_rate)


def _packet_link(kind: Any, values: dict[str, Any]) -> wiring.Component:
    return kind(AcceleratorConfig.create(values))


def _rates(c: AcceleratorConfig) -> dict[str, Any]:
    return {"clock_hz": c.clock_hz, "baud_rate": DEFAULT_BAUD_RATE}


UNITS = (
    Unit(
        "serial_link",
        "a host on a UART in place of the host port",
        "celosia.rtl.bus.serial_link:SerialLink",
        lambda c: {**c.model_dump(), "baud_rate": DEFAULT_BAUD_RATE},
        _serial_link,
    ),
    Unit(
        "packet_link",
        "the serial link's packets, on any stream of bytes",
        "celosia.rtl.bus.packet_link:PacketLink",
        AcceleratorConfig.model_dump,
        _packet_link,
    ),
    Unit("uart_receiver", "bytes from a serial line", "celosia.rtl.bus.uart_receiver:UartReceiver", _rates),
    Unit(
        "uart_transmitter",
        "bytes to a serial line",
        "celosia.rtl.bus.uart_transmitter:UartTransmitter",
        _rates,
    ),
)
