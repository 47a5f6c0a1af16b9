"""A board on a serial line as a device."""

from celosia.runtime.serial.device import SerialDevice

__all__ = ["SerialDevice"]
