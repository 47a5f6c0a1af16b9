"""A serial port that says in one way that it is gone, however the system puts it."""

import errno
import os

import serial

from celosia.runtime.device import DeviceError

#: Seconds after which a port that takes no more bytes counts as gone.
WRITE_SECONDS = 5.0


class DisconnectedError(DeviceError):
    """The port is gone: the cable was pulled, or the other end has been switched off."""


class Port:
    """An open serial port.

    Parameters
    ----------
    path : str
        Name of the port, such as ``/dev/ttyUSB0``.
    baud_rate : int
        Bits a second.

    Raises
    ------
    DisconnectedError
        If the port does not exist, or does not answer.
    DeviceError
        If it may not be opened.
    """

    def __init__(self, path: str, baud_rate: int) -> None:
        self._path = path
        try:
            self._serial = serial.Serial(
                path, baud_rate, timeout=0, write_timeout=WRITE_SECONDS, exclusive=True
            )
        except ValueError as error:
            raise DeviceError(f"{path} cannot run at {baud_rate} baud: {error}") from None
        except OSError as error:
            if error.errno == errno.EACCES:
                raise DeviceError(
                    f"{path} may not be opened: on Debian and Ubuntu, `sudo usermod -aG dialout $USER` and a new"
                    " login give you the right to"
                ) from None
            if error.errno == errno.EAGAIN:
                raise DeviceError(f"{path} is in use by another program") from None
            raise DisconnectedError(f"{path} cannot be opened: {_reason(error)}") from None

    def write(self, data: bytes) -> None:
        """Send bytes; raises :class:`DisconnectedError`."""
        try:
            self._serial.write(data)
        except OSError as error:
            raise DisconnectedError(f"{self._path} is gone: {_reason(error)}") from None

    def read(self, seconds: float) -> bytes:
        """What arrives within ``seconds``, as soon as there is any; raises :class:`DisconnectedError`."""
        try:
            self._serial.timeout = seconds
            first: bytes = self._serial.read(1)
            if not first:
                return b""
            self._serial.timeout = 0
            rest: bytes = self._serial.read(max(1, self._serial.in_waiting))
        except (OSError, TypeError) as error:
            # A TypeError is what pyserial makes of a port that another thread or the system has closed.
            raise DisconnectedError(f"{self._path} is gone: {_reason(error)}") from None
        return first + rest

    def close(self) -> None:
        """Give the port back."""
        self._serial.close()


def _reason(error: Exception) -> str:
    """The system's words, without the name of the port."""
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
